// The pipeline of videos beside the best single ffmpeg command: benches/pipeline measures, this only keeps what it says.

import { run } from '../measure/processes.js';

export const title = 'Pipeline';

export async function measure({ quick }) {
  const options = quick ? ['--rounds', '1'] : [];
  const env = { ...process.env, CHAITUBE_TEST_DATABASE_URL: '' };
  const output = await run(
    'cargo',
    ['bench', '--locked', '--profile', 'release', '--bench', 'pipeline', '--', ...options],
    { env },
  );
  return `\`\`\`text\n${output.trim()}\n\`\`\``;
}
