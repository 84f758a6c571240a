// Stands before the S3 store and does what a file tells it, so that a test can let the store be slow, answer with errors
// or cut connections: `node faulty-proxy.js PORT TARGET_PORT FILE`. The file has JSON: `latency` in ms, `status` with
// which requests are answered in place of the store, `cuts` true to break responses off, and the `rate` of either (0 to 1).

import { existsSync, readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';

const [port, target, file] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const CUT_AFTER_BYTES = 20_000;

function fault() {
  if (!existsSync(file)) return {};
  const { latency = 0, status, cuts = false, rate = 1 } = JSON.parse(readFileSync(file, 'utf8'));
  return Math.random() < rate ? { latency, status, cuts } : { latency };
}

createServer((incoming, outgoing) => {
  const { latency = 0, status, cuts = false } = fault();
  setTimeout(() => {
    if (status) {
      incoming.resume();
      incoming.on('end', () => outgoing.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${status === 503 ? 'SlowDown' : 'InternalError'}</Code></Error>`));
      return;
    }
    const { method, url, rawHeaders } = incoming;
    // The signature is of the host that the client has named.
    const forwarded = request({ host: '127.0.0.1', port: target, method, path: url, headers: rawHeaders, agent, setHost: false });
    forwarded.on('response', (response) => {
      outgoing.writeHead(response.statusCode, response.rawHeaders);
      let sent = 0;
      response.on('data', (bytes) => {
        sent += bytes.length;
        if (cuts && sent > CUT_AFTER_BYTES) outgoing.destroy();
      });
      response.pipe(outgoing);
      response.on('error', () => outgoing.destroy());
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.on('error', () => forwarded.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  }, latency);
}).listen(Number(port), '127.0.0.1');
