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
