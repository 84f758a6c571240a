// Unfinished uploads, kept in local storage so that they can be resumed after the page was closed. The file itself
// cannot be kept: the user selects it again, and it is recognised by its key.

import { readStored, writeStored } from '../storage';

export interface SavedUpload {
  /** Identifies the file: name, size and modification time. */
  key: string;
  name: string;
  /** Bytes. */
  size: number;
  /** The tus URL, once the server has created the upload. */
  url: string | null;
  title: string;
  description: string;
  tags?: readonly string[];
  isPublished: boolean;
}

const KEY = 'uploads';

export function fileKey(file: { name: string; size: number; lastModified: number }): string {
  return `${file.name}/${file.size}/${file.lastModified}`;
}

export function readSavedUploads(): SavedUpload[] {
  try {
    const uploads: unknown = JSON.parse(readStored(KEY) ?? '[]');
    return Array.isArray(uploads) ? (uploads as SavedUpload[]) : [];
  } catch {
    return [];
  }
}

export function saveUpload(upload: SavedUpload): void {
  save([...readSavedUploads().filter(({ key }) => key !== upload.key), upload]);
}

export function forgetUpload(key: string): void {
  save(readSavedUploads().filter((upload) => upload.key !== key));
}

function save(uploads: readonly SavedUpload[]): void {
  writeStored(KEY, uploads.length > 0 ? JSON.stringify(uploads) : null);
}
