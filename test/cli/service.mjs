// The service that the tests of `rollcall register -- …` supervise. It writes each event as a line to the file of its first argument.
// Further arguments `name=value`:
//   port=N      listens there, and answers /health with 503 as long as the file `<notes>.sick` exists
//   hold        listens only when the file `<notes>.go` exists
//   etcd=URL key=KEY   at SIGTERM checks whether the key exists
//   exit=N      exits with N at SIGTERM; without it, the signal ends it
//   deaf        does not end at SIGTERM
import { appendFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';

const [notes, ...words] = process.argv.slice(2);
const told = new Map(words.map((word) => word.split(/=(.*)/s)));
const note = (line) => {
  appendFileSync(notes, `${line}\n`);
};

process.on('SIGTERM', async () => {
  note('SIGTERM');
  if (told.has('key')) {
    const body = JSON.stringify({ key: Buffer.from(told.get('key')).toString('base64') });
    const answer = await fetch(`${told.get('etcd')}/v3/kv/range`, { method: 'POST', body });
    const { kvs = [] } = await answer.json();
    note(kvs.length === 0 ? 'the key is not there' : 'the key is there');
  }
  if (told.has('deaf')) return;
  if (told.has('exit')) process.exit(Number(told.get('exit')));
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
});
for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGINT'])
  process.on(signal, () => {
    note(signal);
  });

const server = createServer((request, response) => {
  response.statusCode = existsSync(`${notes}.sick`) ? 503 : 200;
  response.end('here');
});
const listen = () => {
  if (told.has('hold') && !existsSync(`${notes}.go`)) {
    setTimeout(listen, 20);
    return;
  }
  server.listen(Number(told.get('port') ?? 0), '127.0.0.1', () => {
    note('listens');
  });
};
note(`pid ${process.pid}`);
note(`env ${JSON.stringify(process.env)}`);
console.log('on standard output');
listen();
