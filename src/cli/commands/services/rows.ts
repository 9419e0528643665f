import type { Instance } from '../../../model/instance.js';
import type { Snapshot } from '../../../model/snapshot.js';
import type { Colours } from '../../terminal/color.js';
import type { Column } from '../../terminal/table.js';

/** Every instance of a snapshot, of one service or of all, by service and then in the services' own order. */
export function instancesOf(snapshot: Snapshot, service?: string): Instance[] {
  const all = snapshot.sources.flatMap(({ services }) => [...services.values()]);
  const wanted = service === undefined ? all : all.filter(({ name }) => name === service);
  return wanted.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name))).flatMap(({ instances }) => instances);
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
    paint: (text, { status }) => colours[looks[status]](text),
  },
  { head: 'WEIGHT', cell: ({ weight }) => String(weight) },
  { head: 'ID', cell: ({ id }) => id },
  { head: 'TAGS', cell: ({ tags }) => tags.join(',') },
];

const looks = { passing: 'good', draining: 'warning', critical: 'bad' } as const;

/** What a table shows of an instance; `wide` shows everything. */
export function columns(wide: boolean, colours: Colours): readonly Column<Instance>[] {
  const common = narrow(colours);
  if (!wide) return common;
  return [
    ...common.slice(0, -1),
    { head: 'SCHEME', cell: ({ scheme }) => scheme },
    { head: 'ZONE', cell: ({ zone }) => zone },
    { head: 'VERSION', cell: ({ version }) => version },
    { head: 'SOURCE', cell: ({ source }) => source },
    { head: 'KEY', cell: ({ key }) => key },
    { head: 'TAGS', cell: ({ tags }) => tags.join(',') },
    { head: 'METADATA', cell: metadata },
  ];
}
