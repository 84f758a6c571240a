// What is remembered of uploads that are not finished, so that they go on after the page was closed. The file itself
// cannot be kept: the person chooses it once more, and it is recognised.

import { readStored, writeStored } from '../storage';

export interface SavedUpload {
  /** Tells files apart: name, size and last change. */
  key: string;
  name: string;
  /** Bytes. */
  size: number;
  /** Where the server takes the rest, once it has begun. */
  url: string | null;
  title: string;
  description: string;
  isPublished: boolean;
}

const KEY = 'uploads';

export function fileKey(file: { name: string; size: number; lastModified: number }): string {
  return `${file.name}/${file.size}/${file.lastModified}`;
}

export function readSavedUploads(): SavedUpload[] {
  try {
    const notes: unknown = JSON.parse(readStored(KEY) ?? '[]');
    return Array.isArray(notes) ? (notes as SavedUpload[]) : [];
  } catch {
    return [];
  }
}

export function saveUpload(note: SavedUpload): void {
  save([...readSavedUploads().filter(({ key }) => key !== note.key), note]);
}

export function forgetUpload(key: string): void {
  save(readSavedUploads().filter((note) => note.key !== key));
}

function save(notes: readonly SavedUpload[]): void {
  writeStored(KEY, notes.length > 0 ? JSON.stringify(notes) : null);
}
