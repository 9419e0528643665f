// The order of imports (docs/architecture.md): a folder imports folders of the tiers above its own in this list, and never its siblings.
const tiers = [
  ['model'],
  ['formats', 'snapshot', 'render', 'guard', 'ports'],
  ['filesystem'],
  ['process', 'etcd', 'kubernetes', 'dns'],
  ['probe'],
  ['controller', 'state', 'targets', 'reload', 'health', 'registrar', 'election', 'admin'],
  ['config'],
  ['catalog'],
  ['build'],
  ['daemon', 'inspect', 'client', 'agent'],
  ['cli', 'index'],
];
const room = (names) => `^src/(${names.join('|')})(/|\\.ts$)`;
const adapters = tiers[5];

// What a check, a reload or a confirm is made of; everything else in src/reload describes them.
const makesReloads =
  '^src/reload/(.*-maker|check|confirm|consumer-command|environment|files-from|isolated|layers|pid-file|question|verify|haproxy/(connection|questions|loaded|record|wanted|change-servers))\\.ts$';
const { devDependencies: developed } = require('./package.json');
const devDependencies = Object.keys(developed).filter((name) => !name.startsWith('@types/'));

const order = tiers.slice(0, -1).map((names, index) => ({
  name: `${names.join('-')}-before-${tiers[index + 1].join('-')}`,
  severity: 'error',
  from: { path: room(names) },
  to: { path: room(tiers.slice(index + 1).flat()) },
}));
const siblings = tiers
  .filter((names) => names.length > 1)
  .flatMap((names) =>
    names.map((name) => ({
      name: `${name}-stays-in-its-room`,
      severity: 'error',
      from: { path: room([name]) },
      to: { path: room(names.filter((other) => other !== name)) },
    })),
  );

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan',
      severity: 'error',
      // A declaration of types is found by the name of what it describes.
      from: { orphan: true, path: '^src/', pathNot: '^src/index\\.ts$|\\.d\\.ts$' },
      to: {},
    },
    ...order,
    ...siblings,
    {
      name: 'config-takes-schemas-only',
      severity: 'error',
      from: { path: '^src/config/' },
      to: {
        path: room(['formats', 'snapshot', 'render', 'guard', 'process', 'etcd', 'kubernetes', 'probe', ...adapters]),
        pathNot: '(schema|registry|formats/keys/settings|targets/(claim|kinds))\\.ts$',
      },
    },
    {
      name: 'pure-rooms',
      severity: 'error',
      from: { path: '^src/(model|formats|snapshot|render|guard)/|^src/targets/[^/]+/(desired|diff)\\.ts$' },
      // node:url has the conversion of international names.
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer|url)$' },
    },
    {
      name: 'record-plans-are-pure',
      severity: 'error',
      from: { path: '^src/dns/', pathNot: '/ask-serial\\.ts$|^src/dns/client/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer)$' },
    },
    {
      name: 'descriptions-of-kinds-are-pure',
      severity: 'error',
      from: {
        path: '^src/targets/([^/]+/(kind|schema|name|permissions|object-kind)|kind|kinds|claim|registry|record-plan-schema)\\.ts$',
      },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|path)$' },
    },
    {
      name: 'descriptions-load-makers-by-import',
      severity: 'error',
      // Types alone are gone when the code runs.
      from: { path: '^src/targets/[^/]+/kind\\.ts$' },
      to: {
        path: '^src/targets/[^/]+/',
        pathNot: '/(kind|schema|meta-schema|marks|name|permissions|object-kind)\\.ts$',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'descriptions-of-reloads-are-pure',
      severity: 'error',
      // Every command reads the config. What runs programs and asks by HTTP is loaded when a target uses it.
      from: { path: '^src/reload/', pathNot: makesReloads },
      to: {
        path: `^node:|^(fs|http|https|net|os|child_process)$|^src/(process/(?!split)|probe|filesystem)|${makesReloads}`,
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'abstraction-of-kinds-names-none',
      severity: 'error',
      from: { path: '^src/targets/[^/]+\\.ts$', pathNot: 'registry\\.ts$' },
      to: { path: '^src/targets/[^/]+/' },
    },
    {
      name: 'kinds-stay-apart',
      severity: 'error',
      from: { path: '^src/targets/([^/]+)/', pathNot: '^src/targets/(secret|zone-file)/' },
      // kube-objects is no kind: it has what all kinds of objects of a cluster share.
      to: { path: '^src/targets/[^/]+/', pathNot: '^src/targets/($1|kube-objects)/' },
    },
    {
      // A Secret is a ConfigMap whose contents are never shown.
      name: 'secret-shares-config-map',
      severity: 'error',
      from: { path: '^src/targets/secret/' },
      to: { path: '^src/targets/[^/]+/', pathNot: '^src/targets/(secret|config-map)/' },
    },
    {
      name: 'zones-are-files',
      severity: 'error',
      // A zone is a file whose text is planned: the files kind stages, swaps and undoes it.
      from: { path: '^src/targets/zone-file/' },
      to: {
        path: '^src/targets/[^/]+/',
        pathNot: '^src/targets/(zone-file/|files/(desired-file|reader|schema|served-serials|target)\\.ts$)',
      },
    },
    {
      name: 'pure-rooms-have-no-logger',
      severity: 'error',
      from: { path: '^src/(model|formats|snapshot|render|guard)/' },
      to: { path: 'node_modules/(pino|@grpc|etcd3)' },
    },
    {
      name: 'src-ships-no-dev-dependency',
      severity: 'error',
      // The package installs no development dependency, so the library must not reach one. The command may: the build bundles it.
      from: { path: '^src/index\\.ts$' },
      to: { path: `node_modules/(${devDependencies.join('|')})/`, reachable: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
