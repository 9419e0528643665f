import { join } from 'node:path';

const here = (name) => join(import.meta.dirname, name);
const nothing = here('nothing.cjs');

// Modules that packages load and the command never uses: `what` imported by `from` is replaced by `by`.
const replaced = [
  { what: /^@grpc\/grpc-js$/, by: here('grpc.mjs') },
  { what: /^net$/, from: /\/@grpc\/grpc-js\//, by: here('net.mjs') },
  { what: /^handlebars$/, by: here('handlebars.mjs') },
  // Handlebars brings a substitute of its own, for browsers. rollcall uses no source maps of templates.
  { what: /^source-map$/, from: /\/handlebars\//, by: nothing },
  { what: /^prom-client$/, by: here('prom-client.mjs') },
  // The admin server checks requests with zod, writes JSON itself, and has a log of its own.
  {
    what: /^@fastify\/(ajv-compiler|fast-json-stringify-compiler)|^light-my-request$|^pino$/,
    from: /\/fastify\//,
    by: nothing,
  },
  // pino's default destinations. The command always names its own (src/cli/log.ts).
  { what: /^sonic-boom$|^on-exit-leak-free$|\/transport$/, from: /\/pino\//, by: nothing },
  // KubeConfig reads configurations. The generated API and fetch are for clients that rollcall does not make.
  { what: /\/gen\/index\.js$|^node-fetch$/, from: /\/@kubernetes\/client-node\//, by: nothing },
  { what: /\/(azure|gcp)_auth\.js$/, from: /\/@kubernetes\/client-node\//, by: here('kube-providers.mjs') },
];

/** A plugin of rolldown that keeps these modules out of the bundle. */
export const lean = {
  name: 'lean',
  resolveId(source, importer = '') {
    return replaced.find(({ what, from }) => what.test(source) && (from === undefined || from.test(importer)))?.by;
  },
};
