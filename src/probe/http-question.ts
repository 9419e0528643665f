/** Headers of one request, by name in lower case; or why they cannot be sent. */
export type Headers = { readonly values: Readonly<Record<string, string>> } | { readonly problem: string };

/** What is asked by HTTP, and which answer is wanted. */
export interface HttpQuestion {
  readonly url: URL;
  readonly method: string;
  /** Asked before each request, so that a secret may change in its file. An error of it is that of the attempt. */
  readonly headers: () => Promise<Headers>;
  readonly accepts: (status: number) => boolean;
  /** The accepted status in words, for a message that shows the answer too; undefined: the answer is not shown. */
  readonly wanted: string | undefined;
  /** Text that the first MiB of the body must hold. */
  readonly contains: string | undefined;
  /** Whether the certificate of an https address is verified. */
  readonly verify: boolean;
  /** Whether a proxy is used that Node.js itself was told to use (NODE_USE_ENV_PROXY). */
  readonly proxy: boolean;
}

// Both ways of asking stand here, because they differ on purpose:
//
// |             | health check                               | reload and confirm                         |
// | status      | 200 to 399, as HAProxy and Kubernetes have | the one of the config, or any 2xx          |
// | certificate | not verified: it bears the name that       | verified: the request may hold a secret    |
// |             | callers use, seldom the probed address     |                                            |
// | proxy       | none: the service itself is asked          | as Node.js was told                        |
// | headers     | none                                       | those of the config, also from files       |
// | body        | read to its end and never shown            | shown when the status is wrong; `contains` |

/** Asks a service whether it is well, by a GET. */
export function healthQuestion(url: URL): HttpQuestion {
  return {
    url,
    method: 'GET',
    headers: () => Promise.resolve({ values: {} }),
    accepts: (status) => status >= 200 && status < 400,
    wanted: undefined,
    contains: undefined,
    verify: false,
    proxy: false,
  };
}

export interface ConsumerRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: HttpQuestion['headers'];
  /** The one accepted status. Default: any 2xx. */
  readonly status: number | undefined;
  readonly contains: string | undefined;
}

/** Asks a consumer to reload, or whether it has. */
export function consumerQuestion({ status, ...request }: ConsumerRequest): HttpQuestion {
  return {
    ...request,
    accepts: (answered) => (status === undefined ? answered >= 200 && answered < 300 : answered === status),
    wanted: status === undefined ? 'a status of 2xx' : String(status),
    verify: true,
    proxy: true,
  };
}
