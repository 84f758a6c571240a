// Sessions as the page keeps them: tokens that run out under way, two tabs, and logging out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAILED_REQUESTS, enter, eventually, nothingToComplain, settle, visit } from './page.js';
import { PASSWORD, scene } from './program.js';

const here = scene();

/** Counts what goes over the network in a context. */
function refreshes(context) {
  const seen = { count: 0 };
  context.on('request', (request) => {
    if (request.url().endsWith('/users/refresh-token')) seen.count += 1;
  });
  return seen;
}

/** Makes this browser's own clock say that the token is good for an hour more: then only the server's 401 tells. */
function misjudge(page) {
  return page.evaluate(() => {
    const note = JSON.parse(localStorage.getItem('chaitube.session'));
    localStorage.setItem('chaitube.session', JSON.stringify({ ...note, renewAt: Date.now() + 3_600_000 }));
  });
}

/** Makes it say that the time to renew it has come, for all tabs. */
function becomesDue(page) {
  return page.evaluate(() => {
    const note = JSON.parse(localStorage.getItem('chaitube.session'));
    localStorage.setItem('chaitube.session', JSON.stringify({ ...note, renewAt: Date.now() }));
  });
}

/** Logs in at a server whose tokens live for a second, and waits for the end of that; those that follow live as usual. */
async function enterForASecond(page) {
  await here.program.kill();
  await here.program.start({ ACCESS_TOKEN_EXPIRY: '1s' });
  await enter(page, 'asha');
  await settle(page);
  await misjudge(page);
  await here.program.kill();
  await here.program.start();
  const me = () => page.evaluate(async () => (await fetch('/api/v1/users/current-user')).status);
  await eventually(async () => assert.equal(await me(), 401));
}

test('a session outlives its access token, and many refused requests renew it once', async () => {
  const own = await visit(here, { allowed: FAILED_REQUESTS });
  await enterForASecond(own.page);
  const seen = refreshes(own.context);
  const refused = [];
  own.page.on('response', (response) => response.status() === 401 && refused.push(response.url()));
  await own.page.getByRole('link', { name: 'Studio' }).first().click();
  await own.page.getByText('No videos yet').waitFor();
  assert.ok(refused.length > 1, `several requests met the dead token: ${refused}`);
  assert.equal(seen.count, 1);
  nothingToComplain([own]);
  await own.context.close();
});

test('two tabs renew their session once, and one that logs out takes the other along', async () => {
  const own = await visit(here);
  await enter(own.page, 'asha');
  const other = await own.another();
  await other.goto('/posts');
  await settle(other);
  const seen = refreshes(own.context);
  // The new token lives long: however slow the machine, it is not due a second time.
  await becomesDue(own.page);
  await Promise.all([own.page.goto('/studio'), other.goto('/history')]);
  await Promise.all([settle(own.page), settle(other)]);
  await other.getByRole('button', { name: 'Your account' }).waitFor();
  assert.equal(seen.count, 1);
  await own.page.getByRole('button', { name: 'Your account' }).click();
  await own.page.getByRole('menuitem', { name: 'Log out' }).click();
  await own.page.getByRole('link', { name: 'Log in' }).first().waitFor();
  await other.waitForURL('**/login');
  nothingToComplain([own]);
  await own.context.close();
});

test('a session that was ended elsewhere leads to the log-in page, and back to where one was', async () => {
  const own = await visit(here, { allowed: FAILED_REQUESTS });
  await enter(own.page, 'asha');
  await own.context.clearCookies();
  await own.page.goto('/liked');
  await own.page.waitForURL('**/login');
  await own.page.getByLabel('User name or e-mail address').fill('asha');
  await own.page.getByLabel('Password').fill('wrong password');
  await own.page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await own.page.getByRole('alert').waitFor();
  await own.page.getByLabel('Password').fill(PASSWORD);
  await own.page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await own.page.waitForURL('**/liked');
  nothingToComplain([own]);
  await own.context.close();
});

test('a server that is away for a moment logs nobody out', async () => {
  const own = await visit(here, { allowed: FAILED_REQUESTS });
  await enter(own.page, 'asha');
  for (const path of ['/history', '/studio']) {
    await own.page.goto(path);
    await settle(own.page);
  }
  await here.program.kill();
  await becomesDue(own.page);
  await own.page.getByRole('link', { name: 'History' }).first().click();
  await own.page.getByText('The server cannot be reached').first().waitFor();
  await here.program.start();
  await own.page.getByRole('button', { name: 'Try again' }).click();
  await eventually(() => own.page.getByText('Nothing watched yet').waitFor({ timeout: 1_000 }));
  nothingToComplain([own]);
  await own.context.close();
});
