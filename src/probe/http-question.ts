/** Headers of one request, by name in lower case; or why they cannot be sent. */
export type Headers = { readonly values: Readonly<Record<string, string>> } | { readonly problem: string };

/** A request, and the answer that it expects. */
export interface HttpQuestion {
  readonly url: URL;
  readonly method: string;
  /** Called before each request, so that a secret may change in its file. If it rejects, the attempt is unanswered with that error. */
  readonly headers: () => Promise<Headers>;
  readonly accepts: (status: number) => boolean;
  /** The expected status in words. Undefined: the result neither names it nor shows the body. */
  readonly expected: string | undefined;
  /** Text that the first MiB of the body must contain. */
  readonly contains: string | undefined;
  /** Whether the certificate of an https address is verified. */
  readonly verify: boolean;
  /** Whether the proxy of Node.js's own settings is used (NODE_USE_ENV_PROXY). */
  readonly proxy: boolean;
}

// Both kinds of request are defined here, because they differ on purpose:
//
// |             | health check                               | reload and confirm                         |
// | status      | 200 to 399, as HAProxy and Kubernetes have | the one of the config, or any 2xx          |
// | certificate | not verified: it bears the name that       | verified: the request may hold a secret    |
// |             | callers use, seldom the probed address     |                                            |
// | proxy       | none: the request goes to the service      | from the settings of Node.js               |
// | headers     | none                                       | those of the config, also from files       |
// | body        | read to its end and never shown            | shown when the status is wrong; `contains` |

/** The request of a health check: a GET. */
export function healthQuestion(url: URL): HttpQuestion {
  return {
    url,
    method: 'GET',
    headers: () => Promise.resolve({ values: {} }),
    accepts: (status) => status >= 200 && status < 400,
    expected: undefined,
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

/** The request of a reload or a confirm. */
export function consumerQuestion({ status, ...request }: ConsumerRequest): HttpQuestion {
  return {
    ...request,
    accepts: (answered) => (status === undefined ? answered >= 200 && answered < 300 : answered === status),
    expected: status === undefined ? 'a status of 2xx' : String(status),
    verify: true,
    proxy: true,
  };
}
