// The API's reference at /docs works in a browser, offline and under its content security policy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBrowser, startProgram } from './program.js';

test('the reference lists the operations and lets one try them', async (t) => {
  const program = await startProgram();
  t.after(() => program.stop());
  const browser = await startBrowser();
  t.after(() => browser.close());
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const isOwn = request.url().startsWith(program.base) || request.url().startsWith('data:');
    if (!isOwn) complaints.push(`it asks for ${request.url()}`);
  });

  await page.goto(`${program.base}/docs`);
  await page.locator('.opblock').first().waitFor();
  assert.ok((await page.locator('.opblock').count()) > 40, 'every operation is listed');

  const health = page.locator('.opblock', { hasText: '/api/v1/healthcheck' });
  await health.locator('.opblock-summary').click();
  await health.getByRole('button', { name: 'Try it out' }).click();
  await health.getByRole('button', { name: 'Execute' }).click();
  await health.locator('.live-responses-table').getByText('"connected"').waitFor();
  assert.deepEqual(complaints, []);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/docs.png` });
});
