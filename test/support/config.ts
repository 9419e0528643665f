import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { EtcdServer } from './etcd.js';
import { tempDir } from './temp.js';

/** A folder of its own with a rollcall.yaml, and what is needed to change it. */
export interface Place {
  readonly dir: string;
  /** The config file. */
  readonly file: string;
  /** A path in the folder. */
  at(...segments: string[]): string;
  /** Replaces the config by this one, with `etcd` and `stateDir` filled in unless it has its own. */
  write(config: object): Promise<void>;
}

/** @param etcd the endpoint, or the server, that its configs read */
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
