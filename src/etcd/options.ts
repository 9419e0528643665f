/** Each is the path of a PEM file (text), which is read again when it changes, or the PEM contents themselves (a Buffer). */
export interface TlsFiles {
  /** The authorities that sign the servers' certificates. Default: those that Node trusts. */
  readonly ca?: string | Buffer;
  /** The certificate that this client presents. Needs `key`. */
  readonly cert?: string | Buffer;
  /** The private key of `cert`. Needs `cert`. */
  readonly key?: string | Buffer;
  /** The name that the servers' certificates must be valid for. Default: the endpoint's host. */
  readonly serverName?: string;
}

/** Exactly one of `password` and `passwordFile`. The file is read at each login; its last line ending is not part of the password. */
export interface Credentials {
  readonly username: string;
  readonly password?: string;
  readonly passwordFile?: string;
  /** Where the operator configures the user, for hints: `ETCDCTL_USER`. Default: `etcd.auth`. */
  readonly from?: string;
}

/** How to reach etcd. */
export interface EtcdOptions {
  /** URLs (http, https) or `host:port`, where host is a name or an IP address. At least one. */
  readonly endpoints: readonly string[];
  readonly tls?: TlsFiles;
  readonly auth?: Credentials;
  /** Milliseconds that one endpoint has to answer one call. Default 5000. */
  readonly callTimeout?: number;
  /** Milliseconds that one endpoint has to accept a connection. Default 2000. */
  readonly dialTimeout?: number;
}

export const defaults = {
  endpoint: 'http://127.0.0.1:2379',
  secureEndpoint: 'https://127.0.0.1:2379',
  callTimeout: 5000,
  dialTimeout: 2000,
} as const;
