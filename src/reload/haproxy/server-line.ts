import { parseAddress } from '../../model/address.js';

/** A server that HAProxy's runtime can be told about, from a `server` line of a file. */
export interface ServerLine {
  readonly name: string;
  /** Canonical, without brackets (`Address`). */
  readonly address: string;
  readonly port: number;
  /** `name`: HAProxy looks the address up by itself. */
  readonly family: 'ipv4' | 'ipv6' | 'name';
  /** 0 to 256. */
  readonly weight: number;
  readonly isDisabled: boolean;
  /** All other words of the line, those of `default-server` first, joined by blanks. They cannot be changed at run time. */
  readonly options: string;
  /** Whether all words of `options` may be sent to the admin socket. */
  readonly isSendable: boolean;
}

/**
 * The names of servers and backends that HAProxy accepts (`invalid_char` in its source). They have no character with a meaning for the admin
 * socket.
 */
export const haproxyName = /^[A-Za-z0-9_.:-]{1,200}$/;

/**
 * The words that are sent. The admin socket ends a command at a line feed or `;`, splits words at blanks, and gives `\`, `<<` and `@` a
 * meaning of their own, so none of these is here.
 */
const sendable = /^[A-Za-z0-9_.:,/%+=()[\]-]{1,200}$/;

/** Whether a text, split at blanks, holds only words that may be sent. */
export const isSendable = (text: string): boolean =>
  text === '' || text.split(' ').every((word) => sendable.test(word));

/**
 * The words of a line without quotes, escapes and variables, up to its comment. Undefined for another line: only HAProxy knows what it means.
 */
export function plainWords(line: string): readonly string[] | undefined {
  const hash = line.indexOf('#');
  const text = hash < 0 ? line : line.slice(0, hash);
  if (/["'\\$\0]/.test(text)) return undefined;
  return text.split(/[ \t\r]+/).filter((word) => word !== '');
}

/**
 * Reads the words of a `server` line. Undefined when the runtime cannot be told about it: its address is a socket, has no port or a port
 * offset, or a word is missing.
 *
 * @param defaults the words of the `default-server` lines before it
 */
export function readServer(words: readonly string[], defaults: readonly string[]): ServerLine | undefined {
  const [, name = '', endpoint = '', ...own] = words;
  if (!haproxyName.test(name)) return undefined;
  const [, host = '', digits = ''] = /^(\[[0-9A-Fa-f:.]+\]|[^:@/[\]]+):([1-9]\d{0,4})$/.exec(endpoint) ?? [];
  const [parsed, port] = [parseAddress(host), Number(digits)];
  if (!parsed || port > 65_535) return undefined;
  const settings = readSettings([...defaults, ...own]);
  if (!settings) return undefined;
  const { address, family } = parsed;
  return { name, address, port, family, ...settings, isSendable: isSendable(settings.options) };
}

type Settings = Pick<ServerLine, 'weight' | 'isDisabled' | 'options'>;

function readSettings(words: readonly string[]): Settings | undefined {
  let [weight, isDisabled] = [1, false];
  const options: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === 'weight') {
      const value = words[(at += 1)] ?? '';
      if (!/^(0|[1-9]\d{0,2})$/.test(value) || Number(value) > 256) return undefined;
      weight = Number(value);
    } else if (word === 'disabled' || word === 'enabled') isDisabled = word === 'disabled';
    else {
      options.push(word);
      // The next word is a value, even if it reads like one of the words above.
      if (takesValue.has(word) && at + 1 < words.length) options.push(words[(at += 1)] ?? '');
    }
  }
  return { weight, isDisabled, options: options.join(' ') };
}

/** The words of a `server` line that are followed by one value. HAProxy 3.2 configuration manual, section 5.2. */
const takesValue: ReadonlySet<string> = new Set(
  `addr agent-addr agent-inter agent-port agent-send alpn ca-file check-alpn check-proto check-sni ciphers ciphersuites client-sigalgs
   cookie crl-file crt curves downinter error-limit fall fastinter guid hash-key id init-addr init-state inter log-bufsize log-proto
   max-reuse maxconn maxqueue minconn namespace npn observe on-error on-marked-down on-marked-up pool-conn-name pool-low-conn
   pool-max-conn pool-purge-delay port proto proxy-v2-options redir resolve-net resolve-opts resolve-prefer resolvers rise
   set-proxy-v2-tlv-fmt shard sigalgs slowstart sni socks4 source ssl-max-ver ssl-min-ver tcp-md5sig tcp-ut track usesrc verify
   verifyhost ws`.split(/\s+/),
);

/** Whether the options ask for health checks. */
export function hasCheck({ options }: Pick<ServerLine, 'options'>): boolean {
  return lastOf(options, ['check', 'no-check']) === 'check';
}

/** Whether the options ask for TLS to the server. */
export function hasTls({ options }: Pick<ServerLine, 'options'>): boolean {
  return lastOf(options, ['ssl', 'no-ssl']) === 'ssl';
}

function lastOf(options: string, words: readonly string[]): string | undefined {
  return options.split(' ').findLast((word) => words.includes(word));
}
