import { join } from 'node:path';

const here = (name) => join(import.meta.dirname, name);
const nothing = here('nothing.cjs');

// What the command's packages load and it never uses: who asks for what, and what is given instead.
const replaced = [
  { what: /^@grpc\/grpc-js$/, by: here('grpc.mjs') },
  { what: /^net$/, from: /\/@grpc\/grpc-js\//, by: here('net.mjs') },
  { what: /^handlebars$/, by: here('handlebars.mjs') },
  // Handlebars has a lesser one of its own, for browsers: nobody asks it for source maps.
  { what: /^source-map$/, from: /\/handlebars\//, by: nothing },
  // Where pino writes to when it is not told: it is, always (src/cli/log.ts).
  { what: /^sonic-boom$|^on-exit-leak-free$|\/transport$/, from: /\/pino\//, by: nothing },
];

/** A plugin of rolldown, which leaves out of the bundle what would only be loaded. */
export const lean = {
  name: 'lean',
  resolveId(source, importer = '') {
    return replaced.find(({ what, from }) => what.test(source) && (from === undefined || from.test(importer)))?.by;
  },
};
