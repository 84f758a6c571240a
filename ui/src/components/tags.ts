export const TAGS_MAX = 20;
export const TAG_CHARS_MAX = 50;

/** Whether two tags count as one. */
export const isSameTag = (one: string, other: string) => one.toLocaleLowerCase() === other.toLocaleLowerCase();

/** Adds the tags of a text with commas between them, as far as there is place for them. */
export function addTags(tags: readonly string[], text: string): readonly string[] {
  const added = [...tags];
  for (const part of text.split(',')) {
    const words = part.replace(/^[\s#]+/, '').replaceAll(/\s+/g, ' ');
    const tag = [...words].slice(0, TAG_CHARS_MAX).join('').trim();
    if (tag && !added.some((other) => isSameTag(other, tag))) added.push(tag);
  }
  return added.slice(0, TAGS_MAX);
}
