// The house's import order (docs/architecture.md): model <- {formats, render, guard, ports, filesystem, programs} <-
// {controller, state, etcd, kube, targets, reload, control, checks, supervisor} <- config <- wire <- {cli, index}.
const inner = ['formats', 'render', 'guard', 'ports', 'directory', 'filesystem', 'programs'];
const adapters = ['controller', 'state', 'etcd', 'kube', 'targets', 'reload', 'control', 'checks', 'supervisor'];
const outer = ['config', 'wire', 'cli', 'index'];
const room = (names) => `^src/(${names.join('|')})(/|\\.ts$)`;

/** Rooms inside braces do not import each other, except the pairs named in `may`. */
const siblings = (names, may = {}) =>
  names.map((name) => ({
    name: `${name}-stays-in-its-room`,
    severity: 'error',
    from: { path: room([name]) },
    to: { path: room(names.filter((other) => other !== name && !(may[name] ?? []).includes(other))) },
  }));

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphan',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/index\\.ts$' },
      to: {},
    },
    {
      name: 'model-knows-nobody',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { path: '^src/', pathNot: '^src/model/' },
    },
    {
      name: 'inner-knows-model-only',
      severity: 'error',
      from: { path: room(inner) },
      to: { path: room([...adapters, ...outer]) },
    },
    { name: 'adapters-look-inward', severity: 'error', from: { path: room(adapters) }, to: { path: room(outer) } },
    {
      name: 'config-takes-schemas-only',
      severity: 'error',
      from: { path: '^src/config/' },
      to: {
        path: room([...inner.filter((r) => r !== 'ports' && r !== 'filesystem'), ...adapters]),
        pathNot: '(schema|registry|formats/keys/settings)\\.ts$',
      },
    },
    {
      name: 'config-knows-not-wire',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: room(['wire', 'cli', 'index']) },
    },
    {
      name: 'wire-knows-no-door',
      severity: 'error',
      from: { path: room(['wire']) },
      to: { path: room(['cli', 'index']) },
    },
    // Programs run for as long as a clock says, and that is a port.
    ...siblings(inner, { programs: ['ports'] }),
    ...siblings(adapters, { targets: ['etcd', 'kube'] }),
    {
      name: 'pure-rooms',
      severity: 'error',
      from: { path: '^src/(model|formats|render|guard)/|^src/targets/[^/]+/(want|diff)\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer)$' },
    },
    {
      name: 'pure-rooms-have-no-logger',
      severity: 'error',
      from: { path: '^src/(model|formats|render|guard)/' },
      to: { path: 'node_modules/(pino|@grpc|etcd3)' },
    },
    {
      name: 'src-ships-no-dev-dependency',
      severity: 'error',
      // What cli/ imports is part of the bundle, so nobody has to install it.
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '@types/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
