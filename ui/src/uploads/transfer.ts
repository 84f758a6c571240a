// Resumable uploads by the tus protocol.

import { DetailedError, Upload } from 'tus-js-client';
import { ensureFreshSession, renew } from '../api/session';
import { t } from '../texts';

const ENDPOINT = '/api/v1/uploads';
const RETRY_AFTER_MS = [0, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000, 60_000, 60_000, 60_000];

export interface TransferEvents {
  /** The server has created the upload at this URL. */
  started: (url: string) => void;
  progress: (sentBytes: number) => void;
  done: (uploadId: string) => void;
  failed: (message: string) => void;
}

export interface Transfer {
  start: () => void;
  pause: () => void;
  /** Also deletes what the server has received. */
  cancel: () => void;
}

export type OpenTransfer = (file: File, url: string | null, on: TransferEvents) => Transfer;

export const openTransfer: OpenTransfer = (file, url, on) => {
  const upload = new Upload(file, {
    endpoint: ENDPOINT,
    uploadUrl: url,
    retryDelays: RETRY_AFTER_MS,
    metadata: { filename: file.name, filetype: file.type },
    // `saved-uploads.ts` remembers the URL.
    storeFingerprintForResuming: false,
    onBeforeRequest: ensureFreshSession,
    onShouldRetry: (error) => {
      const status = statusOf(error);
      if (status === 401) void renew(Date.now());
      return status === 0 || status === 401 || status === 409 || status === 423 || status === 429 || status >= 500;
    },
    onUploadUrlAvailable: () => upload.url && on.started(upload.url),
    onProgress: (sent) => on.progress(sent),
    onSuccess: () => on.done(lastSegment(upload.url ?? '')),
    onError: (error) => on.failed(messageOf(error)),
  });
  return {
    start: () => upload.start(),
    pause: () => void upload.abort(),
    cancel: () => void upload.abort(true).catch(() => undefined),
  };
};

/** Deletes an unfinished upload. Errors are ignored, because the server also expires it. */
export function discard(url: string): Promise<void> {
  return Upload.terminate(url).catch(() => undefined);
}

function statusOf(error: unknown): number {
  return error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0;
}

/** Returns the message in the response, or a general one. */
function messageOf(error: unknown): string {
  const body = error instanceof DetailedError ? error.originalResponse?.getBody() : undefined;
  try {
    const { message } = JSON.parse(body ?? '') as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not a response of the API.
  }
  return t(navigator.onLine ? 'upload.cut' : 'error.offline');
}

const lastSegment = (url: string) => new URL(url, 'http://here').pathname.split('/').findLast(Boolean) ?? '';
