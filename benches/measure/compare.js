// What reads and writes say of those that were measured. `measured` has, by the name of a case, the results of each subject.

import { figure, percent, table } from './report.js';
import { median, spread } from './rounds.js';

/** Answers a second, how far the rounds lay apart, and the processor time of an answer. */
const rate = (results) =>
  `${figure(median(results, 'perSecond'))} ${percent(spread(results, 'perSecond'))} (${figure(median(results, 'processorUs'))} µs)`;

export function ratesRow(name, results) {
  return [name, ...results.map(rate)];
}

export function ratesTable(subjects, measured) {
  const rows = Object.entries(measured).map(([name, results]) => ratesRow(name, results));
  return table(['', ...subjects.map(({ name }) => name)], rows);
}

/** Chaitube beside each of the Express servers. */
export function ratiosTable(subjects, measured) {
  const places = (start) => subjects.flatMap(({ name }, at) => (name.startsWith(start) ? [at] : []));
  const pairs = places('Chaitube').flatMap((own) => places('Express').map((peer) => [own, peer]));
  const rows = Object.entries(measured).map(([name, results]) => {
    const ratio = (over, under, what) => figure(median(results[over], what) / median(results[under], what));
    return [
      name,
      ...pairs.map(([own, peer]) => `${ratio(own, peer, 'perSecond')} (${ratio(peer, own, 'processorUs')})`),
    ];
  });
  return [
    'How many times the answers a second of Express that is, and in brackets how many times the processor time it takes Express:',
    table(['', ...pairs.map(([own, peer]) => `${subjects[own].name} / ${subjects[peer].name}`)], rows),
  ].join('\n\n');
}
