/** Paths of PEM files. They are read again when they change. */
export interface TlsFiles {
  /** Who signs the servers' certificates. Default: the authorities that Node trusts. */
  readonly ca?: string;
  /** What this client presents; both or neither. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the servers' certificates must bear, when it is not the endpoint's own. */
  readonly serverName?: string;
}

/** Exactly one of `password` and `passwordFile`; the file is read at each login, its last line ending left out. */
export interface Credentials {
  readonly username: string;
  readonly password?: string;
  readonly passwordFile?: string;
}

/** How etcd is reached. */
export interface EtcdOptions {
  /** URLs (http, https) or `host:port`; host is a name or an IP address. At least one. */
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
