// Measuring turn by turn. Machines are noisy, and neighbours in time have the same noise.

/** Measures each subject once a round, A B C A B C …, and gives the results of each in the same order. */
export async function turnByTurn(subjects, rounds, measure) {
  const results = subjects.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, subject] of subjects.entries()) results[at].push(await measure(subject, round));
  }
  return results;
}

/** The median of one figure over the rounds. */
export function median(results, figure) {
  const sorted = results.map((result) => result[figure]).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

/** How far the rounds lie apart, as a part of the median. */
export function spread(results, figure) {
  const all = results.map((result) => result[figure]);
  return (Math.max(...all) - Math.min(...all)) / median(results, figure);
}
