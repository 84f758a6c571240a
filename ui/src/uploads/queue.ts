import { ApiError } from '../api/client';
import { MAX_LENGTH } from '../api/limits';
import { fileKey, forgetUpload, readSavedUploads, saveUpload } from './saved-uploads';
import type { OpenTransfer, Transfer } from './transfer';

export type Phase = 'waiting' | 'uploading' | 'paused' | 'failed' | 'uploaded' | 'creating' | 'created';

export interface Details {
  title: string;
  description: string;
  tags: readonly string[];
  isPublished: boolean;
}

export interface UploadItem extends Details {
  key: string;
  name: string;
  /** Bytes. */
  size: number;
  sent: number;
  phase: Phase;
  /** Whether the user has confirmed the details: the video is created as soon as the file is uploaded. */
  isConfirmed: boolean;
  error: string | null;
  videoId: string | null;
}

export type CreateVideo = (uploadId: string, details: Details) => Promise<{ _id: string }>;

/** Concurrent uploads. */
const CONCURRENT_MAX = 2;
/** Delays before creating the video is tried again. */
const RETRY_AFTER_MS = [1_000, 3_000, 10_000, 30_000];

/** Files that are being uploaded. Lives outside React, so that it continues across pages. */
export class UploadQueue {
  private items: readonly UploadItem[] = [];
  private readonly transfers = new Map<string, Transfer>();
  private readonly uploadIds = new Map<string, string>();
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly open: OpenTransfer,
    private readonly create: CreateVideo,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly list = (): readonly UploadItem[] => this.items;

  /** Adds files. Resumes those of an unfinished upload. */
  add(files: Iterable<File>): void {
    for (const file of files) {
      const key = fileKey(file);
      if (this.items.some((item) => item.key === key)) continue;
      const saved = readSavedUploads().find((known) => known.key === key);
      const item: UploadItem = {
        key,
        name: file.name,
        size: file.size,
        sent: 0,
        phase: 'waiting',
        isConfirmed: false,
        error: null,
        videoId: null,
        title: saved?.title ?? titleFrom(file.name),
        description: saved?.description ?? '',
        tags: saved?.tags ?? [],
        isPublished: saved?.isPublished ?? true,
      };
      this.items = [...this.items, item];
      this.save(key, saved?.url ?? null);
      this.transfers.set(key, this.transfer(file, key, saved?.url ?? null));
    }
    this.startNext();
  }

  edit(key: string, details: Partial<Details>): void {
    this.change(key, details);
    this.save(key);
  }

  /** Confirms the details. Creates the video now or when its file is uploaded. */
  confirm(key: string): void {
    this.change(key, { isConfirmed: true, error: null });
    if (this.find(key)?.phase === 'uploaded') void this.finish(key);
  }

  pause(key: string): void {
    this.transfers.get(key)?.pause();
    this.change(key, { phase: 'paused' });
    this.startNext();
  }

  resume(key: string): void {
    this.change(key, { phase: 'waiting', error: null });
    this.startNext();
  }

  /** Retries all failed uploads. */
  resumeFailed(): void {
    for (const item of this.items) if (item.phase === 'failed') this.resume(item.key);
  }

  remove(key: string): void {
    if (this.find(key)?.phase !== 'created') this.transfers.get(key)?.cancel();
    this.drop(key);
    this.items = this.items.filter((item) => item.key !== key);
    this.notify();
    this.startNext();
  }

  /** Whether closing the page would interrupt an upload. */
  isBusy(): boolean {
    return this.items.some(({ phase }) => phase === 'uploading' || phase === 'waiting' || phase === 'creating');
  }

  private transfer(file: File, key: string, url: string | null): Transfer {
    return this.open(file, url, {
      started: (address) => this.save(key, address),
      progress: (sent) => this.change(key, { sent }),
      failed: (error) => {
        this.change(key, { phase: 'failed', error });
        this.startNext();
      },
      done: (uploadId) => {
        this.uploadIds.set(key, uploadId);
        this.change(key, { phase: 'uploaded', sent: this.find(key)?.size });
        if (this.find(key)?.isConfirmed) void this.finish(key);
        this.startNext();
      },
    });
  }

  private startNext(): void {
    const running = this.items.filter((item) => item.phase === 'uploading').length;
    const next = this.items.filter((item) => item.phase === 'waiting').slice(0, Math.max(0, CONCURRENT_MAX - running));
    for (const { key } of next) {
      this.change(key, { phase: 'uploading' });
      this.transfers.get(key)?.start();
    }
  }

  private async finish(key: string, attempt = 0): Promise<void> {
    const item = this.find(key);
    const uploadId = this.uploadIds.get(key);
    if (!item || !uploadId) return;
    this.change(key, { phase: 'creating', ...(attempt === 0 && { error: null }) });
    try {
      const { _id } = await this.create(uploadId, item);
      this.drop(key);
      this.change(key, { phase: 'created', videoId: _id, error: null });
    } catch (cause) {
      const error = cause instanceof Error ? cause.message : String(cause);
      const delay = isTransient(cause) ? RETRY_AFTER_MS[attempt] : undefined;
      this.change(key, {
        phase: delay === undefined ? 'uploaded' : 'creating',
        isConfirmed: delay !== undefined,
        error,
      });
      if (delay !== undefined) setTimeout(() => void this.finish(key, attempt + 1), delay);
    }
  }

  private find(key: string): UploadItem | undefined {
    return this.items.find((item) => item.key === key);
  }

  private change(key: string, change: Partial<UploadItem>): void {
    this.items = this.items.map((item) => (item.key === key ? { ...item, ...change } : item));
    this.notify();
  }

  private save(key: string, url?: string | null): void {
    const item = this.find(key);
    if (!item) return;
    const { name, size, title, description, tags, isPublished } = item;
    const known = readSavedUploads().find((saved) => saved.key === key)?.url ?? null;
    saveUpload({ key, name, size, title, description, tags, isPublished, url: url === undefined ? known : url });
  }

  private drop(key: string): void {
    forgetUpload(key);
    this.transfers.delete(key);
    this.uploadIds.delete(key);
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Whether trying again may help: the server was unreachable, overloaded or failing. */
function isTransient(cause: unknown): boolean {
  return cause instanceof ApiError && (cause.status === 0 || cause.status === 429 || cause.status >= 500);
}

/** Makes a title from a file name: `my_video-final.mp4` becomes `my video final`. */
export function titleFrom(name: string): string {
  const stem = name.replace(/\.[a-z0-9]{1,5}$/i, '');
  const words = stem.replaceAll(/[_\-.\s]+/g, ' ').trim();
  return (words || name).slice(0, MAX_LENGTH['POST /videos'].title);
}
