import * as z from 'zod';
import { endpoints, type Endpoint } from './endpoints.js';
import { failure } from './wire.js';

type Json = Readonly<Record<string, unknown>>;

const place = '#/components/schemas/';

/** The API of the admin server as an OpenAPI document (OpenAPI 3.1.1), made from the schemas of its answers. Pure. */
export function describeApi(version: string): Json {
  const schemas: Record<string, unknown> = {};
  // OpenAPI 3.1 takes the schemas of JSON Schema 2020-12 as they are; only the place of named ones is another.
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): unknown => {
    const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io }) as Json;
    const moved = JSON.parse(JSON.stringify({ $defs, rest }).replaceAll('"#/$defs/', `"${place}`)) as {
      readonly $defs?: Record<string, Json>;
      readonly rest: Json & { readonly id?: string };
    };
    Object.assign(schemas, withoutIds(moved.$defs ?? {}));
    const { id, ...own } = moved.rest;
    if (id === undefined) return own;
    schemas[id] = own;
    return { $ref: `${place}${id}` };
  };
  const failed = {
    description: 'A failure.',
    content: { 'application/json': { schema: schemaOf(failure, 'output') } },
  };

  const operationOf = ({ path, summary, query, body, answer }: Endpoint): Json => ({
    summary,
    parameters: [...namesIn(path), ...(query ? parametersOf(schemaOf(query, 'input') as Json) : [])],
    ...(body && { requestBody: { content: { 'application/json': { schema: schemaOf(body, 'input') } } } }),
    responses: {
      200: { description: 'Success.', content: { 'application/json': { schema: schemaOf(answer, 'output') } } },
      default: failed,
    },
    security: [{}, { token: [] }],
  });

  const paths: Record<string, Record<string, Json>> = {
    '/livez': { get: health('Whether the process runs. It does not depend on etcd.', []) },
    '/readyz': {
      get: health('Whether the process keeps its targets in step.', [flag('verbose', 'A line for each check.')]),
    },
    '/metrics': {
      get: {
        summary: 'Metrics in the text format of Prometheus. docs/metrics.md lists them.',
        responses: { 200: plain('The metrics.'), default: failed },
        security: [{}],
      },
    },
    '/api/events': { get: eventsOperation(failed) },
  };
  for (const endpoint of endpoints)
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
  return {
    openapi: '3.1.1',
    info: { title: 'rollcall admin server', version, description: 'docs/admin.md says which callers are allowed.' },
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function withoutIds(definitions: Record<string, Json>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(definitions).map(([name, { id: _, ...definition }]) => [name, definition]));
}

function namesIn(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
}

function parametersOf({ properties = {} }: { readonly properties?: Json }): Json[] {
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function flag(name: string, description: string): Json {
  return { name, in: 'query', required: false, allowEmptyValue: true, description, schema: { type: 'string' } };
}

const plain = (description: string): Json => ({
  description,
  content: { 'text/plain': { schema: { type: 'string' } } },
});

function health(summary: string, parameters: readonly Json[]): Json {
  return { summary, parameters, responses: { 200: plain('Yes.'), 503: plain('No.') }, security: [{}] };
}

function eventsOperation(failed: Json): Json {
  return {
    summary: 'What happened, as server-sent events.',
    parameters: [
      { ...flag('follow', '`false`: the answer ends after the kept events.'), allowEmptyValue: false },
      { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } },
    ],
    responses: {
      200: { description: 'A stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
      default: failed,
    },
    security: [{}, { token: [] }],
  };
}
