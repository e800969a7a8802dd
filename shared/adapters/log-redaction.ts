/** What may not stand in a log line is taken out of its fields, however deep it sits. */

/** Whatever stands before the word: `sessionToken`, `set-cookie`, `X-Amz-Signature`. `typePolicy` is no secret. */
const SECRET_FIELD =
  /(?:authorization|cookie|token|password|secret|signature|credential|(?:api|signing|private)[-_]?key|\bpolicy)$/i;

/** The same where they stand in a text, each behind what is kept of it. */
const SECRET_TEXTS = [
  /(\b(?:Bearer|Basic)(?:\s|%20)+)[^&\s"'\\]+/gi,
  // In an address, also in one that is part of another.
  /((?:authorization|cookie|token|password|secret|signature|credential|(?:api|signing|private)[-_]?key|\bpolicy)(?:=|%3D))[^&\s"'\\]+/gi,
  // In JSON, also in JSON that is a text of JSON.
  /((?:authorization|cookie|token|password|secret|signature|credential|(?:api|signing|private)[-_]?key|\bpolicy)\\{0,3}["']\s?:\s?\\{0,3}["'])[^"'\\]+/gi,
  // Keys of tenants and of webhooks, and tokens, by how they begin.
  /(\bslk\.|\bwhsec_)[\w.~+/=-]+/g,
  /((?<![\w-])eyJ)[\w-]+\.[\w-]+\.[\w-]*/g,
] as const;

const REDACTED = '[redacted]';
/** Deeper than any field of ours; what lies below is not worth a line. */
const MAX_DEPTH = 6;
/** A text longer than this is cut: a line is for reading. */
const MAX_TEXT = 8_192;
/** Of many that failed together; the others will have failed for the same reasons. */
const MAX_ERRORS = 10;

const cleanText = (text: string): string =>
  SECRET_TEXTS.reduce(
    (clean, secret) => clean.replaceAll(secret, `$1${REDACTED}`),
    text.slice(0, MAX_TEXT),
  );

/** An error in the same fields each time: what it is, its code, its sentence, where, and what caused it. */
const cleanError = (error: Error, depth: number): Readonly<Record<string, unknown>> => ({
  type: error.name,
  ...('code' in error ? { code: error.code } : {}),
  message: cleanText(error.message),
  stack: cleanText(error.stack ?? ''),
  ...(error.cause === undefined ? {} : { cause: redacted(error.cause, depth + 1) }),
  ...(error instanceof AggregateError
    ? { errors: redacted(error.errors.slice(0, MAX_ERRORS), depth + 1) }
    : {}),
});

/** A copy that is safe to log. */
export const redacted = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '[too deep]';
  if (value instanceof Error) return cleanError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((part) => redacted(part, depth + 1));
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return Object.fromEntries(
    Object.entries(value).map(([field, part]) => [
      field,
      SECRET_FIELD.test(field) ? REDACTED : redacted(part, depth + 1),
    ]),
  );
};
