import { readFileSync } from 'node:fs';
import type { FormatContext } from '../../src/formats/kind.js';
import type { Instance } from '../../src/model/instance.js';
import { formats } from '../../src/formats/registry.js';

export interface ExpectedInstance {
  readonly address: string;
  /** Null: not reachable without a default port. */
  readonly port: number | null;
  readonly scheme?: string;
  readonly weight?: number;
  readonly version?: string;
  readonly zone?: string;
  readonly healthy?: boolean;
  readonly enabled?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

interface Sample {
  readonly format: string;
  /** The prefix of the source that reads the key. */
  readonly prefix: string;
  /** The value may name the service. */
  readonly trustValue?: boolean;
  readonly key: string;
  readonly value: string;
  readonly expect: {
    readonly service: string;
    readonly instance: string;
    readonly instances: readonly ExpectedInstance[];
  } | null;
  readonly note: string;
}

interface SeveralKeys {
  readonly format: string;
  readonly prefix: string;
  readonly pairs: readonly (readonly [string, string])[];
  readonly expect: Readonly<Record<string, readonly ExpectedInstance[]>>;
  readonly note: string;
}

const load = <T>(name: string): T[] =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

/** One key each. */
export const samples = load<Sample>('samples.jsonl');
/** Cases that need several keys. */
export const several = load<SeveralKeys>('samples-multikey.jsonl');

/** The frameworks that an existing format reads under another name. */
interface Reading {
  readonly name: string;
  readonly [option: string]: unknown;
}
const others: Readonly<Record<string, Reading>> = {
  'go-kit': { name: 'plain' },
  registrator: { name: 'plain' },
  grpclb: { name: 'plain' },
  'spring-etcd': { name: 'plain' },
  'plain-single': { name: 'plain' },
  confd: { name: 'plain' },
  'json-addr': { name: 'json', zeroWeight: 'unset' },
  'json-hostport': { name: 'json' },
  'spring-etcd-json': { name: 'json' },
};

/** The key patterns of samples whose service is not where the format expects it. */
export const patterns: Readonly<Record<string, string>> = { 'plain-single': '<service>', confd: '<service...>/<id>' };

/** Creates the format that reads the samples of this name. */
export const specOf = (name: string) => others[name] ?? { name };

/** The key settings of the source. */
export const contextOf = (sample: Pick<Sample, 'format' | 'prefix' | 'trustValue'>): FormatContext => ({
  base: sample.prefix,
  key: patterns[sample.format],
  trustValue: sample.trustValue,
});

export const isRead = ({ format }: { format: string }) => format in formats || format in others;
/** A field that a sample does not list must be empty. Weights are an exception, because every writer has its own default. */
export function shapeOf(it: Instance, like: ExpectedInstance | undefined) {
  const labels: Record<string, string> = { tags: it.tags.toSorted().join(), ...it.metadata };
  return {
    address: it.address,
    port: it.port,
    scheme: it.scheme,
    version: it.version,
    zone: it.zone,
    status: it.status,
    ...(like?.weight !== undefined && { weight: it.weight }),
    metadata: Object.fromEntries(Object.keys(like?.metadata ?? {}).map((name) => [name, labels[name]])),
  };
}

/** The instances that a sample expects. */
export function wanted(like: ExpectedInstance) {
  const tags = like.metadata?.tags;
  return {
    address: like.address,
    port: like.port,
    scheme: like.scheme ?? '',
    version: like.version ?? '',
    zone: like.zone ?? '',
    status: like.healthy === false || like.enabled === false ? 'critical' : 'passing',
    // Weights of instances are integers.
    ...(like.weight !== undefined && { weight: Math.round(like.weight) }),
    metadata: {
      ...Object.fromEntries(Object.entries(like.metadata ?? {}).map(([name, value]) => [name, String(value)])),
      ...(typeof tags === 'string' && { tags: tags.split(',').toSorted().join() }),
    },
  };
}
