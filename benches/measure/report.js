// RESULTS.md: a section for each part, replaced when that part has run again.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { chart } from './chart.js';

const PATH = new URL('../RESULTS.md', import.meta.url).pathname;
const CHARTS = new URL('../results/', import.meta.url);
const HEAD = `# Results

Written by \`make bench\`; [README.md](README.md) says what each part measures and how. Figures are medians of rounds taken
turn by turn; *±* is how far the rounds lay apart. Quote ratios, not absolute numbers: machines are noisy.
`;

/** Replaces the section of a part, or adds it. `order` are the titles of all parts. */
export function writeSection(title, body, order) {
  const sections = new Map();
  const text = existsSync(PATH) ? readFileSync(PATH, 'utf8') : '';
  for (const section of text.split(/^(?=## )/m).slice(1)) sections.set(/^## (.*)/.exec(section)[1], section.trim());
  sections.set(title, `## ${title}\n\n${circumstances()}\n\n${body.trim()}`);
  const shown = order.filter((name) => sections.has(name)).map((name) => sections.get(name));
  writeFileSync(PATH, [HEAD.trim(), ...shown].join('\n\n') + '\n');
}

/** Draws a chart that RESULTS.md shows. */
export function writeChart(file, what) {
  mkdirSync(CHARTS, { recursive: true });
  writeFileSync(new URL(file, CHARTS), chart(what));
}

/** When, where and with what. The load before the part tells how quiet the machine was. */
function circumstances() {
  const commit = said('git', 'describe', '--always', '--dirty');
  const system = /PRETTY_NAME="(.*)"/.exec(
    existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
  )?.[1];
  const machine = `${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${system ?? 'unknown'}, kernel ${release()}`;
  const versions = [
    said('rustc', '--version'),
    `node ${process.version}`,
    said('psql', '--version'),
    said('sh', '-c', 'PATH=$PATH:/usr/sbin nginx -v 2>&1').replace('nginx version: ', ''),
    said('sh', '-c', 'wrk -v | head -1').replace(/ Copyright.*/, ''),
    said('sh', '-c', 'ffmpeg -version | head -1').replace(/ Copyright.*/, ''),
  ];
  const load = begun.load.map((one) => one.toFixed(1)).join(', ');
  return `${begun.at}, commit ${commit}. ${machine}. ${versions.filter(Boolean).join('; ')}. Load before: ${load}.`;
}

const begun = { at: '', load: [0, 0, 0] };

/** To be called before a part. */
export function begin() {
  begun.at = `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  begun.load = loadavg();
}

function said(command, ...args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

/** A Markdown table. */
export function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const DIGITS = 3;

/** A number with three digits that count. */
export function figure(number) {
  if (!Number.isFinite(number)) return '–';
  return Number(number.toPrecision(DIGITS)).toLocaleString('en', { maximumFractionDigits: 2 });
}

export const percent = (part) => `±${Math.round(part * 50)} %`;
