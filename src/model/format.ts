import type { Entry } from './entry.js';
import type { Status } from './instance.js';
import type { Pair } from './pair.js';

/**
 * The content of one key about one endpoint, before it is validated and before the other keys of the service are known. The values are
 * those of the registrant; `validateFragment` turns a complete fragment into an instance or says why it cannot.
 */
export interface Fragment {
  readonly service: string;
  readonly id: string;
  /** Host without port; IPv6 with or without brackets. Absent when another key of the service holds the address. */
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

/** A fragment and its key. */
export interface KeyedFragment extends Fragment {
  readonly key: string;
  readonly createRevision: string;
}

/** Why a registration, or a part of it, is in no snapshot. Stable: metrics and output use the codes as labels. */
export type RejectionCode =
  | 'not-text' // key or value is not UTF-8
  | 'not-recognised' // the value does not follow the format's grammar
  | 'key-mismatch' // the key does not fit the source's key pattern
  | 'no-service' // the service's name is empty
  | 'bad-name' // a service, id or other text has control characters, or is too long
  | 'no-address'
  | 'bad-address'
  | 'wildcard-address' // 0.0.0.0 or ::
  | 'no-port'
  | 'bad-port'
  | 'bad-weight'
  | 'bad-status'
  | 'name-mismatch' // the value names another service than its key
  | 'address-denied' // refused by the source's `addresses`
  | 'too-large' // the value has more bytes than the source's `limits`
  | 'too-many-instances' // the service has more instances than the source's `limits`
  | 'too-many-services' // the source has more services than its `limits`
  | 'no-lease' // the key has no lease, and the source sets `requireLease`
  | 'duplicate'; // another registration of the service has the same address:port

/** Rejections that mean that the registration may be of another format. The others prove that the format understood it. */
export const misfitCodes: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'not-text',
  'not-recognised',
  'key-mismatch',
  'no-service',
  'bad-name',
  'no-address',
  'bad-address',
  'no-port',
  'bad-port',
]);

/** A registration that is not used. `reason` never quotes the value. */
export interface Rejection {
  readonly source: string;
  readonly key: string;
  readonly code: RejectionCode;
  readonly reason: string;
  /** Another format that reads the registration. Absent when none does, and when the registration is of the source's format. */
  readonly readAs?: OtherReading;
}

/** A format that reads a registration of another one. */
export interface OtherReading {
  readonly format: string;
  /** The service that the format finds, `''` when it rejects what the registration says. */
  readonly service: string;
}

/** A rejection without its source and key. `reason` never quotes the value. */
export interface Refusal {
  readonly rejected: RejectionCode;
  readonly reason: string;
}

/**
 * The content of one key. `pair`: configuration, no registration (raw sources). `fragments`: the endpoints of the key.
 * `rejected`: a bad registration, which is counted and shown. `ignored`: a legal key of this format that is no registration (a
 * marker, a directory); it is skipped silently.
 */
export type Decoded =
  { readonly pair: Pair } | { readonly fragments: readonly Fragment[] } | Refusal | { readonly ignored: string };

/** The grammar of registrations. Pure; the functions never throw, for any input. */
export interface Format {
  readonly name: string;
  /** How it finds services and ids in keys, such as `<service>/<id>`. Shown to users, and compared with that of a saved snapshot. */
  readonly keys: string;
  /** Decodes one key. `entry.key` and `entry.value` are well-formed text. */
  decode(entry: Entry): Decoded;
  /**
   * Joins one service's fragments, ordered by key, into one complete fragment per endpoint. Absent when every fragment is
   * already one endpoint.
   */
  assemble?(fragments: readonly KeyedFragment[]): readonly KeyedFragment[];
  /**
   * Another format that reads this entry, for the message of a rejection and for the decision of `auto`. Called only for entries that
   * this format does not understand (`misfitCodes`).
   */
  findOther?(entry: Entry): OtherReading | undefined;
}
