import { beforeEach, describe, expect, test, vi, type Mock } from 'vitest';
import { ApiError } from '../api/client';
import { titleFrom, UploadQueue } from './queue';
import { readSavedUploads } from './saved-uploads';
import type { OpenTransfer, TransferEvents } from './transfer';

interface Sent {
  url: string | null;
  on: TransferEvents;
  start: Mock<() => void>;
  pause: Mock<() => void>;
  cancel: Mock<() => void>;
}

/** A queue whose files go nowhere; the test says what becomes of them. */
function setUp(create = vi.fn(async () => ({ _id: 'v1' }))) {
  const sent: Record<string, Sent> = {};
  const open: OpenTransfer = (file, url, on) =>
    (sent[file.name] = {
      url,
      on,
      start: vi.fn<() => void>(),
      pause: vi.fn<() => void>(),
      cancel: vi.fn<() => void>(),
    });
  const queue = new UploadQueue(open, create);
  const phases = () => queue.list().map((item) => item.phase);
  const of = (name: string) => sent[name] as Sent;
  const key = (at: number) => queue.list()[at]?.key ?? '';
  return { queue, create, phases, of, key };
}

const videoFile = (name: string) => new File(['12345678'], name, { lastModified: 7 });
const DETAILS = { title: 'Tea', description: 'How it is made', tags: ['tea', 'how to'] };

beforeEach(() => localStorage.clear());

describe('uploads', () => {
  test('are sent two at once, and the next begins when one has arrived', () => {
    const { queue, phases, of } = setUp();
    queue.add([videoFile('a.mp4'), videoFile('b.mp4'), videoFile('c.mp4')]);
    expect(phases()).toEqual(['uploading', 'uploading', 'waiting']);
    of('a.mp4').on.done('u1');
    expect(phases()).toEqual(['uploaded', 'uploading', 'uploading']);
    expect(of('c.mp4').start).toHaveBeenCalledOnce();
  });

  test('make the video once the file is there and the details are confirmed, in either order', async () => {
    const { queue, create, of, key } = setUp();
    queue.add([videoFile('a.mp4'), videoFile('b.mp4')]);
    queue.edit(key(0), DETAILS);
    queue.confirm(key(0));
    expect(create).not.toHaveBeenCalled();
    of('a.mp4').on.done('u1');
    expect(create).toHaveBeenCalledExactlyOnceWith('u1', expect.objectContaining(DETAILS));
    of('b.mp4').on.done('u2');
    expect(create).toHaveBeenCalledOnce();
    queue.confirm(key(1));
    await vi.waitFor(() => expect(queue.list().map((item) => item.phase)).toEqual(['created', 'created']));
    expect(create).toHaveBeenLastCalledWith('u2', expect.objectContaining({ title: 'b' }));
  });

  test('that the server refuses say why, and can be confirmed again', async () => {
    const create = vi.fn(async () => ({ _id: 'v1' })).mockRejectedValueOnce(new Error('This is not a video.'));
    const { queue, of, key } = setUp(create);
    queue.add([videoFile('a.mp4')]);
    of('a.mp4').on.done('u1');
    queue.confirm(key(0));
    await vi.waitFor(() =>
      expect(queue.list()[0]).toMatchObject({ phase: 'uploaded', error: 'This is not a video.', isConfirmed: false }),
    );
    queue.confirm(key(0));
    await vi.waitFor(() => expect(queue.list()[0]).toMatchObject({ phase: 'created', error: null, videoId: 'v1' }));
  });

  test('whose server is away for a moment become videos by themselves', async () => {
    vi.useFakeTimers();
    const create = vi
      .fn(async () => ({ _id: 'v1' }))
      .mockRejectedValueOnce(new ApiError('The server cannot be reached.', 0));
    const { queue, of, key } = setUp(create);
    queue.add([videoFile('a.mp4')]);
    of('a.mp4').on.done('u1');
    queue.confirm(key(0));
    await vi.advanceTimersByTimeAsync(0);
    expect(queue.list()[0]).toMatchObject({ phase: 'creating', error: 'The server cannot be reached.' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(queue.list()[0]).toMatchObject({ phase: 'created', error: null });
    vi.useRealTimers();
  });

  test('pause, and give their place to the next', () => {
    const { queue, phases, of, key } = setUp();
    queue.add([videoFile('a.mp4'), videoFile('b.mp4'), videoFile('c.mp4')]);
    queue.pause(key(0));
    expect(of('a.mp4').pause).toHaveBeenCalledOnce();
    expect(phases()).toEqual(['paused', 'uploading', 'uploading']);
    queue.resume(key(0));
    expect(phases()).toEqual(['waiting', 'uploading', 'uploading']);
  });

  test('that failed are tried again when the connection is back', () => {
    const { queue, phases, of } = setUp();
    queue.add([videoFile('a.mp4')]);
    of('a.mp4').on.failed('cut');
    expect(queue.list()[0]).toMatchObject({ phase: 'failed', error: 'cut' });
    queue.resumeFailed();
    expect(phases()).toEqual(['uploading']);
    expect(of('a.mp4').start).toHaveBeenCalledTimes(2);
  });

  test('go on after a reload when the same file is chosen again, with what was written', () => {
    const before = setUp();
    before.queue.add([videoFile('a.mp4')]);
    before.queue.edit(before.key(0), { ...DETAILS, isPublished: false });
    before.of('a.mp4').on.started('/api/v1/uploads/u1');
    const after = setUp();
    after.queue.add([videoFile('a.mp4')]);
    expect(after.of('a.mp4').url).toBe('/api/v1/uploads/u1');
    expect(after.queue.list()[0]).toMatchObject({ ...DETAILS, isPublished: false });
  });

  test('leave nothing saved when they are done or removed', async () => {
    const { queue, of, key } = setUp();
    queue.add([videoFile('a.mp4'), videoFile('b.mp4')]);
    expect(readSavedUploads()).toHaveLength(2);
    queue.remove(key(1));
    expect(of('b.mp4').cancel).toHaveBeenCalledOnce();
    queue.confirm(key(0));
    of('a.mp4').on.done('u1');
    await vi.waitFor(() => expect(readSavedUploads()).toEqual([]));
  });

  test('take one file once', () => {
    const { queue } = setUp();
    queue.add([videoFile('a.mp4'), videoFile('a.mp4')]);
    queue.add([videoFile('a.mp4')]);
    expect(queue.list()).toHaveLength(1);
  });
});

test.each([
  ['my_video-final.mp4', 'my video final'],
  ['2024.05.01 Goa.mov', '2024 05 01 Goa'],
  ['.mp4', '.mp4'],
  [`${'x'.repeat(300)}.webm`, 'x'.repeat(200)],
])('the file %s gets a readable title', (name, title) => expect(titleFrom(name)).toBe(title));
