// Preloaded into rollcall by `--observed`: the admin server never listens, and none of its code is loaded. Nothing else changes.
import fs from 'node:fs';

const original = fs.readFileSync;
const isAdmin = (path) => /\/dist\/cli\/(.*\/)?admin-[\w-]+\.js$/.test(String(path));

fs.readFileSync = (path, ...options) => {
  if (!isAdmin(path)) return original(path, ...options);
  if (/\/compiled\//.test(path)) throw new Error('not compiled');
  return 'exports.serveSocket = exports.serveHttp = () => new Promise(() => undefined);';
};
