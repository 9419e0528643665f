// The least work that a Node process can do for the task: etcd's JSON gateway, a Map, string building, write, fsync, rename.
// It has no templates, no checks, no recovery and no deletes. The difference to it is the price of these features.
//   node floor-main.mjs ENDPOINT PREFIX FILE RELOAD
import { exec } from 'node:child_process';
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { request } from 'node:http';
import { dirname } from 'node:path';

const [endpoint, prefix, file, reload] = process.argv.slice(2);
const base64 = (text) => Buffer.from(text).toString('base64');
const plain = (text) => Buffer.from(text, 'base64').toString();
const last = prefix.length - 1;
const range = {
  key: base64(prefix),
  range_end: base64(prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1)),
};

/** The lines of each service by key, and the finished text of each service that has not changed since. */
const services = new Map();
const finished = new Map();

function put({ key, value }) {
  const name = plain(key);
  const service = name.split('/')[2];
  const { host, port, weight } = JSON.parse(plain(value));
  if (!services.has(service)) services.set(service, new Map());
  services.get(service).set(name, `  server ${host}:${port} weight=${weight};\n`);
  finished.delete(service);
}

function write() {
  let all = '';
  for (const [service, lines] of services) {
    let text = finished.get(service);
    if (text === undefined) {
      text = `upstream ${service} {\n`;
      for (const line of lines.values()) text += line;
      text += '}\n';
      finished.set(service, text);
    }
    all += text;
  }
  const staged = openSync(`${file}.t`, 'w');
  writeSync(staged, all);
  fsyncSync(staged);
  closeSync(staged);
  renameSync(`${file}.t`, file);
  const directory = openSync(dirname(file), 'r');
  fsyncSync(directory);
  closeSync(directory);
  exec(reload, () => undefined);
}

function post(path, body, onAnswer) {
  request(endpoint + path, { method: 'POST' }, onAnswer).end(JSON.stringify(body));
}

function watch(revision) {
  post('/v3/watch', { create_request: { ...range, start_revision: String(revision) } }, (answer) => {
    let buffered = '';
    answer.setEncoding('utf8').on('data', (chunk) => {
      const lines = (buffered + chunk).split('\n');
      buffered = lines.pop();
      const events = lines.flatMap((line) => JSON.parse(line).result?.events ?? []);
      const puts = events.filter(({ type }) => type !== 'DELETE');
      for (const { kv } of puts) put(kv);
      if (puts.length > 0) write();
    });
  });
}

post('/v3/kv/range', range, (answer) => {
  const chunks = [];
  answer.on('data', (chunk) => chunks.push(chunk));
  answer.on('end', () => {
    const { header, kvs = [] } = JSON.parse(Buffer.concat(chunks));
    for (const kv of kvs) put(kv);
    write();
    watch(Number(header.revision) + 1);
  });
});
