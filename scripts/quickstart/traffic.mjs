// Requests through nginx, and what became of them.
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const now = () => performance.timeOrigin + performance.now();

export function createTraffic(port) {
  /** Service name -> when it first answered; upstream port -> when nginx last tried it. */
  const answered = new Map();
  const tried = new Map();

  /** One request. Status 0: no answer at all. `upstreams`: the addresses that nginx tried, in order. */
  function ask() {
    return new Promise((resolve) => {
      const sent = request({ host: '127.0.0.1', port, agent: false }, (response) => {
        let body = '';
        response
          .setEncoding('utf8')
          .on('data', (chunk) => (body += chunk))
          .on('end', () => {
            const upstreams = (response.headers['x-upstream'] ?? '').split(', ').filter(Boolean);
            const at = now();
            if (response.statusCode === 200 && !answered.has(body)) answered.set(body, at);
            for (const address of upstreams) tried.set(Number(address.split(':').at(-1)), at);
            resolve({ status: response.statusCode, body, upstreams });
          });
      });
      sent.on('error', () => resolve({ status: 0, body: '', upstreams: [] }));
      sent.end();
    });
  }

  return {
    ask,
    /** Thirty requests in a row were answered by these, and each of these answered some. */
    async serves(names) {
      const seen = new Set();
      for (let i = 0; i < 30; i += 1) seen.add((await ask()).body);
      return seen.size === names.length && names.every((name) => seen.has(name));
    },
    async spread(count) {
      const by = new Map();
      for (let i = 0; i < count; i += 1) {
        const { status, body } = await ask();
        const answer = status === 200 ? body : `status ${status}`;
        by.set(answer, (by.get(answer) ?? 0) + 1);
      }
      return [...by]
        .sort()
        .map(([answer, times]) => `${answer}  ${'#'.repeat(Math.ceil(times / 5))} ${times}`)
        .join('\n');
    },
    firstSeen: (name) => answered.get(name),
    /** When nginx last tried that port, once it has not done so for `quiet` milliseconds. */
    lastTried(upstreamPort, quiet) {
      const at = tried.get(upstreamPort);
      return at !== undefined && now() - at > quiet ? at : undefined;
    },
    /** One request after the other, about two hundred a second, until it is stopped. */
    startSteady() {
      const total = { requests: 0, failed: 0, retried: 0 };
      let going = true;
      const done = (async () => {
        while (going) {
          const { status, upstreams } = await ask();
          total.requests += 1;
          if (status !== 200) total.failed += 1;
          else if (upstreams.length > 1) total.retried += 1;
          await sleep(5);
        }
      })();
      return {
        count: () => ({ ...total }),
        async stop() {
          going = false;
          await done;
        },
      };
    },
  };
}
