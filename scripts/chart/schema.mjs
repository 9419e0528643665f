// Words for JSON Schemas of the chart's values.

export const text = (more = {}) => ({ type: 'string', ...more });
export const number = (more = {}) => ({ type: 'integer', ...more });
export const truth = (more = {}) => ({ type: 'boolean', ...more });
export const list = (items, more = {}) => ({ type: 'array', items, ...more });
/** Any keys, with values of one type. */
export const map = (values, more = {}) => ({ type: 'object', additionalProperties: values, ...more });
export const object = (more = {}) => ({ type: 'object', ...more });

/** An object that may have no other keys: a mistyped one is an error. */
export const closed = (properties, required = [], more = {}) => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
  additionalProperties: false,
  ...more,
});
