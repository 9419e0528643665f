// The parts of prom-client's default metrics, which its own types describe only together.
declare module 'prom-client/lib/metrics/*.js' {
  import type { Registry } from 'prom-client';

  /** Adds metrics that are read at each scrape. */
  const add: (registry: Registry) => void;
  export default add;
}
