const SIDE = 256;
/** Backgrounds with enough contrast to white letters. */
const COLOURS = ['#9a3412', '#7c2d12', '#854d0e', '#166534', '#155e75', '#1e40af', '#6b21a8', '#9d174d'];

/** Returns the first letters of the first and the last word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return ends.map((word) => [...(word ?? '')][0]?.toLocaleUpperCase() ?? '').join('');
}

/** Draws a profile picture for users who select none. */
export function initialsAvatar(name: string): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext('2d');
  if (context) {
    const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
    context.fillStyle = COLOURS[sum % COLOURS.length] ?? '#9a3412';
    context.fillRect(0, 0, SIDE, SIDE);
    context.fillStyle = '#fff8f0';
    context.font = `600 ${SIDE * 0.42}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillText(initials(name), SIDE / 2, SIDE / 2);
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('This browser cannot draw images.'))),
      'image/png',
    ),
  );
}
