/** Where HTTP listens. */
export interface ListenAddress {
  /** Without brackets; `::` for all addresses. */
  readonly host: string;
  readonly port: number;
}

/** Parses `127.0.0.1:9117`, `[::1]:9117`, `localhost:9117` or `:9117`. Undefined: it is none of these. */
export function parseListen(text: string): ListenAddress | undefined {
  const [, inBrackets, plain, digits = ''] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]*)):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) return undefined;
  const host = inBrackets ?? plain ?? '';
  return { host: host === '' ? '::' : host, port };
}
