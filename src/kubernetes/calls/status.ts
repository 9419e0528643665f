/** The parts of a Status object that rollcall uses. Texts are '' when absent. */
export interface Status {
  readonly message: string;
  readonly reason: string;
  readonly code: number;
  /** The kind that `reason` is about, in the plural: `namespaces`. */
  readonly kind: string;
  readonly retryAfterSeconds: number | undefined;
  readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
}

const nothing: Status = { message: '', reason: '', code: 0, kind: '', retryAfterSeconds: undefined, causes: [] };

/**
 * Reads a Status object, as text or parsed
 * (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/). Anything else is a Status without contents.
 */
export function statusOf(body: unknown): Status {
  const parsed = typeof body === 'string' ? parse(body) : body;
  if (!isRecord(parsed) || parsed.kind !== 'Status') return nothing;
  const details = isRecord(parsed.details) ? parsed.details : {};
  const causes = Array.isArray(details.causes) ? details.causes.filter(isRecord) : [];
  return {
    message: text(parsed.message),
    reason: text(parsed.reason),
    code: number(parsed.code) ?? 0,
    kind: text(details.kind),
    retryAfterSeconds: number(details.retryAfterSeconds),
    causes: causes.map(({ reason, field, message }) => ({
      reason: text(reason),
      field: text(field),
      message: text(message),
    })),
  };
}

/** Milliseconds to wait, from the header (seconds; RFC 9110, section 10.2.3; a date is ignored) or from the Status. */
export function retryAfterOf({ retryAfterSeconds }: Status, header: string | undefined): number | undefined {
  if (header !== undefined && /^\d{1,6}$/.test(header)) return Number(header) * 1000;
  return retryAfterSeconds === undefined || retryAfterSeconds <= 0 ? undefined : retryAfterSeconds * 1000;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
