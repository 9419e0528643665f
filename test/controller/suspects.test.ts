import { describe, expect, it } from 'vitest';
import { suspectsIn } from '../../src/controller/suspects.js';
import type { Service } from '../../src/model/instance.js';
import { instance } from '../model/instances.js';

const service = (name: string, address: string, port = 80): Service => ({
  name,
  instances: [
    instance({ service: name, address, port, host: address, family: /[a-z]/.test(address) ? 'name' : 'ipv4' }),
  ],
  expected: false,
});

const web = service('web', '10.0.0.1', 8080);
const api = service('team/api', 'api.example.invalid');
const db = service('db', '10.0.0.1', 5432);
const all = [web, api, db];

const nginx = `upstream web {
    server 10.0.0.1:8080;
}
upstream team_api {
    # team/api
    server api.example.invalid:80;
}
upstream db {
    zone db 64k;
    server 10.0.0.1:5432 wieght=3;
}
`;
const conf = [{ name: 'upstreams.conf', text: nginx }];

describe('the services that a consumer’s words point at', () => {
  it.each([
    ['the line of nginx', 'nginx: [emerg] host not found in upstream "x" in /etc/nginx/upstreams.conf:6', ['team/api']],
    ['the port of a shared address', 'invalid parameter "wieght=3" in /etc/nginx/upstreams.conf:10', ['db']],
    ['the heading above the line', 'zero size shared memory zone in /etc/nginx/upstreams.conf:9', ['db']],
    ['no line, but a host name', 'could not resolve address "api.example.invalid"', ['team/api']],
    ['no line, but a service name', "[ALERT] (1) : config : backend 'web' : bad", ['web']],
    ['a line of another file', 'unknown directive in /etc/nginx/nginx.conf:1', []],
    ['a line that does not exist', 'unexpected end of file in /etc/nginx/upstreams.conf:99', []],
    ['nothing at all', 'exit code 1', []],
  ])('%s', (_, words, expected) => {
    expect([...suspectsIn(words, conf, all)]).toEqual(expected);
  });

  it('a line of the one staged file, whose name is a temporary one', () => {
    const words = '[ALERT] parsing [/etc/haproxy/.rollcall-1f3a.tmp:2] : unknown keyword';
    const staged = [{ name: 'backends.cfg', text: 'backend web\n  server db 10.0.0.1:5432 chekc\n' }];
    expect([...suspectsIn(words, staged, all)]).toEqual(['db']);
  });

  it('never a service that is no candidate, nor one by a part of its name', () => {
    expect([...suspectsIn('bad web-2 in /etc/nginx/upstreams.conf:6', conf, [web, db])]).toEqual([]);
  });

  it('takes time that grows with the words and the services, not with their product', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => service(`s${index}`, '10.0.0.1', 1 + index));
    const text = many.map(({ name }) => `upstream ${name} {\n  server 10.0.0.1:1;\n}\n`).join('');
    const words = Array.from({ length: 200 }, (_, index) => `bad in upstreams.conf:${3 * index + 2}`).join('\n');
    expect(suspectsIn(words, [{ name: 'upstreams.conf', text }], many).size).toBeGreaterThan(0);
  });
});
