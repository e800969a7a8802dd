/** POST policies: what a signed policy lets a browser form do. */
import { accessDenied, entityTooLarge, S3Error } from '../errors.ts';

export interface PostPolicy {
  /** Milliseconds since the epoch. */
  readonly expiration: number;
  readonly conditions: readonly Condition[];
  readonly size: { readonly min: number; readonly max: number } | undefined;
}

interface Condition {
  readonly operator: 'eq' | 'starts-with';
  /** Lower case, without `$`. */
  readonly field: string;
  readonly value: string;
}

const invalidPolicy = (why: string) =>
  new S3Error({
    code: 'InvalidPolicyDocument',
    status: 400,
    message: `Invalid Policy: ${why}`,
  });

const denied = (why: string) => accessDenied(`Invalid according to Policy: ${why}`);

const readBound = (bound: unknown): number => {
  const number = typeof bound === 'string' && /^\d+$/.test(bound) ? Number(bound) : bound;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw invalidPolicy('Invalid content-length-range.');
  }
  return number;
};

const readMatch = (condition: readonly unknown[]): Condition => {
  const [operator, field, value] = condition;
  const name = typeof operator === 'string' ? operator.toLowerCase() : '';
  if (
    (name !== 'eq' && name !== 'starts-with') ||
    condition.length !== 3 ||
    typeof field !== 'string' ||
    !field.startsWith('$') ||
    typeof value !== 'string'
  ) {
    throw invalidPolicy(`Invalid Condition: ${JSON.stringify(condition)}`);
  }
  return { operator: name, field: field.slice(1).toLowerCase(), value };
};

const readExact = (condition: object): readonly Condition[] =>
  Object.entries(condition).map(([field, value]) => {
    if (typeof value !== 'string') throw invalidPolicy('Invalid Simple-Condition: value missing.');
    return { operator: 'eq', field: field.toLowerCase(), value };
  });

const parseJson = (base64: string): { expiration?: unknown; conditions?: unknown } => {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Answered below like every other document that is not a policy.
  }
  throw invalidPolicy('Invalid JSON.');
};

/** Reads the base64 document of the `policy` field. Throws InvalidPolicyDocument. */
export const readPostPolicy = (base64: string): PostPolicy => {
  const parsed = parseJson(base64);
  const expiration =
    typeof parsed.expiration === 'string' ? Date.parse(parsed.expiration) : Number.NaN;
  if (Number.isNaN(expiration)) throw invalidPolicy("Invalid 'expiration' value.");
  if (!Array.isArray(parsed.conditions)) throw invalidPolicy("Invalid 'conditions' value.");
  const conditions: Condition[] = [];
  let size: PostPolicy['size'];
  for (const condition of parsed.conditions as readonly unknown[]) {
    if (Array.isArray(condition)) {
      if (String(condition[0]).toLowerCase() === 'content-length-range') {
        const [, min, max] = condition;
        // Two ranges both have to hold.
        size = {
          min: Math.max(size?.min ?? 0, readBound(min)),
          max: Math.min(size?.max ?? Number.MAX_SAFE_INTEGER, readBound(max)),
        };
      } else conditions.push(readMatch(condition));
    } else if (typeof condition === 'object' && condition !== null) {
      conditions.push(...readExact(condition));
    } else throw invalidPolicy(`Invalid Condition: ${JSON.stringify(condition)}`);
  }
  return { expiration, conditions, size };
};

const holds = ({ operator, field, value }: Condition, actual: string): boolean => {
  if (operator === 'eq') return actual === value;
  // A list of content types passes only as a whole.
  const texts = field === 'content-type' ? actual.split(',').map((text) => text.trim()) : [actual];
  return texts.every((text) => text.startsWith(value));
};

const needsNoCondition = (field: string): boolean =>
  ['x-amz-signature', 'file', 'policy'].includes(field) || field.startsWith('x-ignore-');

/** Throws AccessDenied unless the policy is alive, every condition holds and every field is covered. */
export const assertPolicyAllows = (
  { expiration, conditions }: PostPolicy,
  fields: ReadonlyMap<string, string>,
  now: number,
): void => {
  if (now >= expiration) throw denied('Policy expired.');
  for (const condition of conditions) {
    if (!holds(condition, fields.get(condition.field) ?? '')) {
      const { operator, field, value } = condition;
      throw denied(`Policy Condition failed: ${JSON.stringify([operator, `$${field}`, value])}`);
    }
  }
  const covered = new Set(conditions.map(({ field }) => field));
  const extra = [...fields.keys()].filter((name) => !needsNoCondition(name) && !covered.has(name));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
};

/** Throws EntityTooLarge as soon as `size` passes the maximum. */
export const assertNotTooLarge = ({ size }: PostPolicy, bytes: number): void => {
  if (size !== undefined && bytes > size.max) throw entityTooLarge(bytes, size.max);
};

/** Throws EntityTooSmall for the size of a file that is complete. */
export const assertNotTooSmall = ({ size }: PostPolicy, bytes: number): void => {
  if (size !== undefined && bytes < size.min) {
    throw new S3Error({
      code: 'EntityTooSmall',
      status: 400,
      message: 'Your proposed upload is smaller than the minimum allowed size',
      fields: { ProposedSize: String(bytes), MinSizeAllowed: String(size.min) },
    });
  }
};
