/** From the first to behind the last of the letters, in UTF-16 code units. */
export type Range = readonly number[];

export interface Piece {
  text: string;
  isMarked: boolean;
}

/** Cuts a text at the ends of ranges. Ranges that are out of order or out of the text are left out. */
export function cut(text: string, ranges: readonly Range[] = []): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const [from = 0, to = 0] of ranges) {
    if (from < at || to <= from || to > text.length) continue;
    if (from > at) pieces.push({ text: text.slice(at, from), isMarked: false });
    pieces.push({ text: text.slice(from, to), isMarked: true });
    at = to;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isMarked: false });
  return pieces;
}

/** How far from its beginning a text may have its first mark, for that to be seen. */
const LEAD_CHARS_MAX = 100;
const LEAD_CHARS = 40;

/** Leaves out the beginning of a text if it has its first mark far behind. */
export function excerpt(pieces: readonly Piece[]): readonly Piece[] {
  const [first, ...others] = pieces;
  if (!first || first.isMarked || others.length === 0 || first.text.length <= LEAD_CHARS_MAX) return pieces;
  const lead = first.text.slice(-LEAD_CHARS);
  // Begins with a whole word, if there are spaces between words.
  const word = lead.search(/\s/);
  return [{ text: `… ${lead.slice(word + 1).replace(/^[\udc00-\udfff]/, '')}`, isMarked: false }, ...others];
}
