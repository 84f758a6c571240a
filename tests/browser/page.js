// The web page as people use it: who is logged in, and what their browser complains about.

import assert from 'node:assert/strict';
import { PASSWORD } from './program.js';

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 800 };

/** What the network's own failures are called in the console; tests that cause them say so. */
const NETWORK = /^Failed to load resource/;

/**
 * A browser of somebody's own, and a page in it. `complaints` has the errors of its console, and what the content
 * security policy kept it from.
 */
export async function visit({ program, browser }, { state, allowed, ...options } = {}) {
  const context = await browser.newContext({ baseURL: program.base, viewport: DESKTOP, storageState: state, ...options });
  const complaints = [];
  const page = await tab(context, complaints, allowed);
  return { context, page, complaints, another: () => tab(context, complaints, allowed) };
}

async function tab(context, complaints, allowed) {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.underWay = new Set();
  page.on('request', (request) => page.underWay.add(request));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.underWay.delete(request));
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`the policy forbids ${event.violatedDirective}: ${event.blockedURI} ${event.sample}`),
    ),
  );
  const note = (text, url) => (allowed?.test(`${text} ${url}`) ? undefined : complaints.push(`${page.url()}: ${text} ${url}`));
  page.on('console', (message) => message.type() === 'error' && note(message.text(), message.location().url));
  page.on('pageerror', (error) => note(error.stack ?? error.message, ''));
  return page;
}

/** Failed requests are part of the test. */
export const FAILED_REQUESTS = NETWORK;

/** Logs in as people do, and gives what the browser then keeps, for other visits. */
export async function logIn({ program, browser }, username) {
  const { context, page } = await visit({ program, browser });
  await enter(page, username);
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Fills in the form at `/login`. */
export async function enter(page, username) {
  await page.goto('/login');
  await page.getByLabel('User name or e-mail address').fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Your account' }).waitFor();
}

/** Waits until the page shows its content, rather than places for it. */
export async function settle(page) {
  await page.waitForFunction(() => document.querySelector('h1') && !document.querySelector('main .spinner, main .skeleton, .boot'));
  await eventually(() => assert.equal([...page.underWay].filter(isAwaited).length, 0));
  // What came last is painted.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))));
}

/** Videos and events go on and on. */
const isAwaited = (request) => request.resourceType() !== 'media' && request.resourceType() !== 'eventsource' && !/\.(mp4|m4s)$/.test(request.url());

/** Runs a check until it holds. */
export async function eventually(check, patience = 20_000) {
  for (const begun = Date.now(); ; ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() - begun > patience) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Until the video plays beyond a moment, in seconds. */
export function playsBeyond(page, seconds) {
  return page.waitForFunction((at) => {
    const video = document.querySelector('video');
    return video && video.currentTime > at && !video.paused && !video.seeking;
  }, seconds);
}

export function nothingToComplain(visits) {
  assert.deepEqual(visits.flatMap(({ complaints }) => complaints), []);
}
