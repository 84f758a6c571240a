// A client as a front end is one: it asks again when the answer is "later", and notes what was acknowledged.

import { createHash } from 'node:crypto';

const PASSWORD = 'correct horse battery staple';
/** What a balancer or a server says when it cannot do it now. Nothing else may happen in a fault. */
const LATER = [429, 502, 503, 504];
const PAUSE_MS = 250;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

export class WrongAnswer extends Error {}

/** A person who writes. `log` learns when writes succeed. */
export class Person {
  #base;
  #log;
  token;

  constructor(base, name, log) {
    this.#base = base;
    this.#log = log;
    this.name = name;
  }

  /** Asks until there is an answer. One that is neither good nor "later" is wrong. */
  async ask(method, path, { body, headers = {}, wanted = [200, 201, 204] } = {}) {
    for (;;) {
      const response = await this.once(method, path, { body, headers });
      if (response === undefined || LATER.includes(response.status)) {
        await sleep(PAUSE_MS);
        continue;
      }
      if (!wanted.includes(response.status)) {
        throw new WrongAnswer(`${method} ${path}: ${response.status} ${await response.text()}`);
      }
      if (method !== 'GET') this.#log.written();
      return response;
    }
  }

  /** Returns undefined when the connection breaks or takes too long. */
  async once(method, path, { body, headers = {} } = {}) {
    const all = { ...headers, ...(this.token ? { authorization: `Bearer ${this.token}` } : {}) };
    try {
      const url = path.startsWith('http') ? path : this.#base + path;
      const response = await fetch(url, { method, body, headers: all, signal: AbortSignal.timeout(30_000), redirect: 'manual' });
      // A body may break off, too.
      return new Response(response.status === 204 ? null : await response.arrayBuffer(), { status: response.status, headers: response.headers });
    } catch {
      return undefined;
    }
  }

  async json(method, path, body, options = {}) {
    const headers = { 'content-type': 'application/json' };
    const response = await this.ask(method, path, { ...options, body: JSON.stringify(body), headers });
    return (await response.json()).data;
  }

  /** Registers, even when the answer to the first try was lost, and logs in. */
  async begin(avatar) {
    const form = () => {
      const form = new FormData();
      for (const [name, value] of [['username', this.name], ['fullName', this.name], ['email', `${this.name}@example.org`], ['password', PASSWORD]])
        form.set(name, value);
      form.set('avatar', new Blob([avatar], { type: 'image/png' }), 'a.png');
      return form;
    };
    for (;;) {
      const response = await this.once('POST', '/api/v1/users/register', { body: form() });
      if (response && [201, 409].includes(response.status)) break;
      if (response && !LATER.includes(response.status)) throw new WrongAnswer(`register: ${response.status} ${await response.text()}`);
      await sleep(PAUSE_MS);
    }
    const { accessToken, user } = await this.json('POST', '/api/v1/users/login', { username: this.name, password: PASSWORD });
    this.token = accessToken;
    this.id = user._id;
    return this;
  }

  /** Uploads a video by tus in pieces, each of which may reach another server, and publishes it. */
  async upload(bytes, title, piece) {
    const tus = { 'tus-resumable': '1.0.0' };
    const begun = await this.ask('POST', '/api/v1/uploads', { headers: { ...tus, 'upload-length': String(bytes.length) }, wanted: [201] });
    const address = new URL(begun.headers.get('location'), this.#base).pathname;
    let offset = 0;
    while (offset < bytes.length) {
      const response = await this.once('PATCH', address, {
        body: bytes.subarray(offset, offset + piece),
        headers: { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
      });
      if (response?.status === 204) {
        const next = Number(response.headers.get('upload-offset'));
        if (next < offset) throw new WrongAnswer(`the offset went back from ${offset} to ${next}`);
        offset = next;
        this.#log.written();
        continue;
      }
      if (response && ![...LATER, 409, 423].includes(response.status))
        throw new WrongAnswer(`PATCH ${address}: ${response.status} ${await response.text()}`);
      await sleep(PAUSE_MS);
      const head = await this.once('HEAD', address, { headers: tus });
      if (head?.status === 200 || head?.status === 204) {
        const known = Number(head.headers.get('upload-offset'));
        if (known < offset) throw new WrongAnswer(`bytes that were acknowledged are gone: ${offset}, then ${known}`);
        offset = known;
      }
    }
    const uploadId = address.split('/').pop();
    return this.json('POST', '/api/v1/videos', { uploadId, title, description: 'd' });
  }
}

/** When writes succeeded, so that interruptions can be told. */
export class Log {
  #last = performance.now();
  #longest = 0;
  writes = 0;

  written() {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
    this.writes += 1;
  }

  /** Returns the longest time without a write since the last call, in seconds. */
  interruption() {
    const longest = Math.max(this.#longest, performance.now() - this.#last) / 1000;
    this.#longest = 0;
    return longest;
  }
}
