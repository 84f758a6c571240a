// Draws lines over logarithmic axes as SVG.

const WIDTH = 800;
const HEIGHT = 420;
const MARGIN = { top: 52, right: 230, bottom: 54, left: 70 };
const COLOURS = ['#b4430e', '#1864ab', '#2b8a3e', '#862e9c', '#665b50', '#d9820b', '#0b5f6e', '#c2255c'];

/** `lines` have a name and points `[x, y]`; all numbers are above zero. */
export function chart({ title, x, y, lines }) {
  const points = lines.flatMap((line) => line.points);
  const right = WIDTH - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const across = scale(
    points.map(([at]) => at),
    MARGIN.left,
    right,
  );
  const up = scale(
    points.map(([, at]) => at),
    bottom,
    MARGIN.top,
  );
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="#211b15">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fffdfa"/>`,
    text(MARGIN.left, 24, title, 'font-size="16" font-weight="600"'),
    text((MARGIN.left + right) / 2, HEIGHT - 12, x, 'text-anchor="middle"'),
    text(MARGIN.left, MARGIN.top - 8, y),
  ];
  for (const at of across.marks) {
    parts.push(
      `<line x1="${across.of(at)}" x2="${across.of(at)}" y1="${MARGIN.top}" y2="${bottom}" stroke="#e6ddd1"/>`,
    );
    parts.push(text(across.of(at), bottom + 20, short(at), 'text-anchor="middle"'));
  }
  for (const at of up.marks) {
    parts.push(`<line x1="${MARGIN.left}" x2="${right}" y1="${up.of(at)}" y2="${up.of(at)}" stroke="#e6ddd1"/>`);
    parts.push(text(MARGIN.left - 8, up.of(at) + 4, short(at), 'text-anchor="end"'));
  }
  lines.forEach((line, at) => {
    const colour = COLOURS[at % COLOURS.length];
    const path = line.points.map(([px, py]) => `${across.of(px)},${up.of(py)}`);
    parts.push(`<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const point of path)
      parts.push(`<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3" fill="${colour}"/>`);
    parts.push(text(right + 14, MARGIN.top + 14 + at * 20, line.name, `fill="${colour}"`));
  });
  return parts.join('\n') + '\n</svg>\n';
}

/** Maps numbers to places by their logarithm; the marks are powers of ten, with 2 and 5 between where there is room. */
function scale(numbers, from, to) {
  const low = Math.log10(Math.min(...numbers));
  const high = Math.max(Math.log10(Math.max(...numbers)), low + 0.3);
  const of = (number) => Math.round((from + ((Math.log10(number) - low) / (high - low)) * (to - from)) * 10) / 10;
  const steps = high - low > 2.5 ? [1] : [1, 2, 5];
  const marks = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power += 1) {
    for (const step of steps) {
      const mark = step * 10 ** power;
      if (Math.log10(mark) >= low - 0.01 && Math.log10(mark) <= high + 0.01) marks.push(mark);
    }
  }
  return { of, marks };
}

const short = (number) =>
  number >= 1e6 ? `${number / 1e6}M` : number >= 1000 ? `${number / 1000}k` : String(Math.round(number * 1000) / 1000);

const text = (x, y, content, more = '') =>
  `<text x="${x}" y="${y}" ${more}>${content.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</text>`;
