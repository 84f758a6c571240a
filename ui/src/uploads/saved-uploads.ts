// What is remembered of uploads that are not finished, so that they go on after the page was closed. The file itself
// cannot be kept: the person chooses it once more, and it is recognised.

import { readStored, writeStored } from '../storage';

export interface UploadNote {
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

export function keyOf(file: { name: string; size: number; lastModified: number }): string {
  return `${file.name}/${file.size}/${file.lastModified}`;
}

export function readNotes(): UploadNote[] {
  try {
    const notes: unknown = JSON.parse(readStored(KEY) ?? '[]');
    return Array.isArray(notes) ? (notes as UploadNote[]) : [];
  } catch {
    return [];
  }
}

export function writeNote(note: UploadNote): void {
  save([...readNotes().filter(({ key }) => key !== note.key), note]);
}

export function dropNote(key: string): void {
  save(readNotes().filter((note) => note.key !== key));
}

function save(notes: readonly UploadNote[]): void {
  writeStored(KEY, notes.length > 0 ? JSON.stringify(notes) : null);
}
