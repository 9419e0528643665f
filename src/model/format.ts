import type { Entry } from './entry.js';
import type { Status } from './instance.js';
import type { Pair } from './pair.js';

/**
 * What one key says of one endpoint, before it is checked and before its neighbours are known. Everything is as the
 * writer wrote it; `model/validate` turns a complete fragment into an instance or says why not.
 */
export interface Fragment {
  readonly service: string;
  readonly id: string;
  /** Host without port; IPv6 with or without brackets. Absent: this fragment alone is not reachable. */
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly weight?: number | undefined;
  readonly scheme?: string | undefined;
  readonly zone?: string | undefined;
  readonly version?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly status?: Status | undefined;
}

/** A fragment and the key that it came from. */
export interface KeyedFragment extends Fragment {
  readonly key: string;
  readonly createRevision: string;
}

/** Why a registration, or a part of it, is in no snapshot. Stable: they are labels of metrics and of output. */
export type RejectionCode =
  | 'not-text' // key or value is not UTF-8
  | 'not-recognised' // the value is not of this format's grammar
  | 'key-mismatch' // the key does not fit the source's key pattern
  | 'no-service' // the service's name is empty
  | 'bad-name' // service, id or another text with control characters, or too long
  | 'no-address'
  | 'bad-address'
  | 'wildcard-address' // 0.0.0.0, ::
  | 'no-port'
  | 'bad-port'
  | 'bad-weight'
  | 'bad-status'
  | 'name-mismatch' // the value names another service than its key
  | 'address-denied' // the source's `addresses`
  | 'duplicate'; // another registration of the service has the same address:port

/** A registration that was seen and not taken. `reason` never quotes the value. */
export interface Rejection {
  readonly source: string;
  readonly key: string;
  readonly code: RejectionCode;
  readonly reason: string;
}

/** Why something is not taken, before it is known which source and key it came from. `reason` never quotes the value. */
export interface Refusal {
  readonly rejected: RejectionCode;
  readonly reason: string;
}

/**
 * `pair`: the key is configuration, not a registration (raw sources). `fragments`: what the key says. `rejected`: a bad registration, counted and shown. `ignored`: a legal key of this
 * format that is no registration (a marker, a directory), passed over silently.
 */
export type Decoded =
  { readonly pair: Pair } | { readonly fragments: readonly Fragment[] } | Refusal | { readonly ignored: string };

/** The grammar of registrations. Pure; neither function throws, whatever the input. */
export interface Format {
  readonly name: string;
  /** How it finds services and ids in keys: for people, and to know whether two readings of a key are the same. */
  readonly keys: string;
  /** What one key says. `entry.key` and `entry.value` are well-formed text here. */
  decode(entry: Entry): Decoded;
  /**
   * One service's fragments, ordered by key, to one complete fragment per endpoint. Absent: every fragment is one
   * endpoint already.
   */
  assemble?(fragments: readonly KeyedFragment[]): readonly KeyedFragment[];
}
