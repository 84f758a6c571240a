import { describe, expect, test } from 'vitest';
import { cueAt, parseStoryboard } from './storyboard';

const TRACK = `WEBVTT

00:00:00.000 --> 00:00:05.000
http://elsewhere.example/media/sprite0.jpg#xywh=0,0,160,90

00:00:05.000 --> 00:00:10.000
/media/sprite0.jpg?expires=9&signature=a-b#xywh=160,0,160,90

NOTE nothing to see

01:00:10.500 --> 01:00:15.000
a caption, not an image
`;

describe('a storyboard', () => {
  const cues = parseStoryboard(TRACK, 'http://localhost:8000/media/streams/1/storyboard.vtt');

  test('has a cue for each image, from this server and with its signature', () => {
    expect(cues).toEqual([
      { start: 0, end: 5, sprite: '/media/sprite0.jpg', x: 0, y: 0, width: 160, height: 90 },
      { start: 5, end: 10, sprite: '/media/sprite0.jpg?expires=9&signature=a-b', x: 160, y: 0, width: 160, height: 90 },
    ]);
  });

  test('shows the cue of a moment, and the last one to the end', () => {
    expect(cueAt(cues, 0)?.x).toBe(0);
    expect(cueAt(cues, 4.9)?.x).toBe(0);
    expect(cueAt(cues, 5)?.x).toBe(160);
    expect(cueAt(cues, 99)?.x).toBe(160);
  });

  test('without cues shows nothing', () => {
    expect(cueAt(parseStoryboard('WEBVTT\n', 'http://localhost/'), 3)).toBeUndefined();
  });

  test('reads hours, and lines that end as on Windows', () => {
    const text = 'WEBVTT\r\n\r\n01:02:03.500 --> 01:02:04.000\r\nx.jpg#xywh=1,2,3,4\r\n';
    expect(parseStoryboard(text, 'http://localhost/media/')[0]).toMatchObject({
      start: 3723.5,
      sprite: '/media/x.jpg',
    });
  });
});
