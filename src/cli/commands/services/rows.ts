import type { HasLease } from '../../../catalog/watch-sources.js';
import type { Instance } from '../../../model/instance.js';
import type { Snapshot } from '../../../model/snapshot.js';
import type { Colours } from '../../terminal/color.js';
import type { Column } from '../../terminal/table.js';

/** The instances of a snapshot, of one service or of all. Sorted by service, then in the order of the service. */
export function instancesOf(snapshot: Snapshot, service?: string): Instance[] {
  const all = snapshot.sources.flatMap(({ services }) => [...services.values()]);
  const selected = service === undefined ? all : all.filter(({ name }) => name === service);
  return selected
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
    .flatMap(({ instances }) => instances);
}

const metadata = (instance: Instance) =>
  Object.entries(instance.metadata)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

const narrow = (colours: Colours): readonly Column<Instance>[] => [
  { head: 'SERVICE', cell: ({ service }) => service, kept: true },
  { head: 'ADDRESS', cell: ({ host, port }) => `${host}:${port}`, kept: true },
  {
    head: 'STATUS',
    cell: ({ status }) => status,
    paint: (text, { status }) => colours[statusColours[status]](text),
  },
  { head: 'WEIGHT', cell: ({ weight }) => String(weight) },
  { head: 'ID', cell: ({ id }) => id },
  { head: 'TAGS', cell: ({ tags }) => tags.join(',') },
];

const statusColours = { passing: 'good', draining: 'warning', critical: 'bad' } as const;

/** The columns of the table. `wide` has every field. */
export function columns(wide: boolean, colours: Colours, hasLease: HasLease): readonly Column<Instance>[] {
  const common = narrow(colours);
  if (!wide) return common;
  return [
    ...common.slice(0, -1),
    { head: 'SCHEME', cell: ({ scheme }) => scheme },
    { head: 'ZONE', cell: ({ zone }) => zone },
    { head: 'VERSION', cell: ({ version }) => version },
    { head: 'SOURCE', cell: ({ source }) => source },
    { head: 'KEY', cell: ({ key }) => key },
    {
      head: 'LEASE',
      cell: (instance) => (hasLease(instance) ? 'yes' : 'none'),
      paint: (text, instance) => (hasLease(instance) ? text : colours.warning(text)),
    },
    { head: 'TAGS', cell: ({ tags }) => tags.join(',') },
    { head: 'METADATA', cell: metadata },
  ];
}

/** How many registrations of a snapshot have no lease. */
export function countLeaseless({ sources }: Snapshot): number {
  return sources.reduce((sum, { counts }) => sum + counts.leaseless, 0);
}
