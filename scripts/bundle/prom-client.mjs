// prom-client's registry without its metrics, its cluster and its push gateway: src/admin/metrics brings its own values.
export { default as Registry } from 'prom-client/lib/registry.js';
