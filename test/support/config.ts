import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { EtcdServer } from './etcd.js';
import { tempDir } from './temp.js';

/** A new directory with a rollcall.yaml, and functions to change it. */
export interface Place {
  readonly dir: string;
  /** The config file. */
  readonly file: string;
  /** A path in the directory. */
  at(...segments: string[]): string;
  /** Replaces the config. Adds `etcd` and `stateDir` if they are missing. */
  write(config: object): Promise<void>;
}

/** @param etcd the endpoint or the server for its configs */
export async function createPlace(etcd: EtcdServer | string, config: object): Promise<Place> {
  const dir = await tempDir('rollcall-cli-');
  const file = join(dir, 'rollcall.yaml');
  const endpoint = typeof etcd === 'string' ? etcd : etcd.endpoint;
  const place: Place = {
    dir,
    file,
    at: (...segments) => join(dir, ...segments),
    write: (next) =>
      writeFile(file, stringify({ etcd: { endpoints: [endpoint] }, stateDir: join(dir, 'state'), ...next })),
  };
  await place.write(config);
  return place;
}
