import type { RenderCache } from './render-cache.js';

/** A cache that stores nothing: every body runs every time. */
export const noCache: RenderCache = {
  render: (_rendering, _service, body) => {
    body();
    return true;
  },
  recordQuery: () => undefined,
  writeList: () => undefined,
};
