import { RollcallError } from '../../../src/model/errors.js';

/** The texts of one store. Like a disk, it outlives targets and journals. */
export interface MemoryStore {
  readonly texts: ReadonlyMap<string, string>;
  /** By name: the number of writes. */
  readonly versions: ReadonlyMap<string, number>;
  /** While true, nothing can be written. */
  broken: boolean;
  /** @throws RollcallError `OUTPUT_UNWRITABLE` while it is broken */
  expectWritable(): void;
  /** Null: the text is removed. @throws as `expectWritable` */
  write(name: string, text: string | null): void;
}

const stores = new Map<string, MemoryStore>();

/** The same store for the same name. */
export function openMemoryStore(name: string): MemoryStore {
  const store = stores.get(name) ?? createStore();
  stores.set(name, store);
  return store;
}

function createStore(): MemoryStore {
  const texts = new Map<string, string>();
  const versions = new Map<string, number>();
  const store: MemoryStore = {
    texts,
    versions,
    broken: false,
    expectWritable() {
      if (store.broken) throw new RollcallError('OUTPUT_UNWRITABLE', 'cannot write: the store is broken');
    },
    write(name, text) {
      store.expectWritable();
      if (text === null) texts.delete(name);
      else texts.set(name, text);
      versions.set(name, (versions.get(name) ?? 0) + 1);
    },
  };
  return store;
}
