// The registrations of the benchmark: instance `i` of `services` services, in `sources` sources. Pure.
export const prefix = '/services/';

/** How many services and sources the instances are spread over, unless a layout says otherwise. */
export const usual = { services: 50, sources: 1 };

export const addressOf = (i) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
export const serviceOf = (i, { services }) => `svc-${String(i % services).padStart(3, '0')}`;
export const weightOf = (i) => 1 + (i % 10);

/** The prefix of each source. Several sources share the services between them. */
export const prefixesOf = ({ sources }) =>
  sources === 1 ? [prefix] : Array.from({ length: sources }, (_, s) => `${prefix}source-${s}/`);

export const keyOf = (i, spread) =>
  `${prefixesOf(spread)[(i % spread.services) % spread.sources]}${serviceOf(i, spread)}/i${i}`;

export const valueOf = (i, port) =>
  JSON.stringify({ host: addressOf(i), port, weight: weightOf(i), tags: { zone: `z${i % 3}` } });
