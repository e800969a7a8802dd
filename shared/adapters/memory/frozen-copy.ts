/** Copies what goes into a memory store, as a wire would, so that no caller can change what is stored. */

/** What was copied here and is frozen to its depth: it needs no second copy, wherever it is put. */
const copies = new WeakSet<object>();

const copyOf = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || copies.has(value)) return value;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) {
    // Whatever has a text of its own, as a date has, becomes what a wire makes of it.
    return copyOf(JSON.parse(JSON.stringify(value)));
  }
  const copy: unknown = Array.isArray(value) ? value.map(copyOf) : copyOfFields(value);
  copies.add(Object.freeze(copy as object));
  return copy;
};

const copyOfFields = (value: object): object => {
  const copy: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    if (part !== undefined) copy[name] = copyOf(part);
  }
  return copy;
};

/** A deep copy that cannot be changed; fields without a value are left out, as they are on a wire. */
export const frozenCopy = <T>(value: T): T =>
  // Of the same shape, but for what its type cannot tell apart from an absent field.
  copyOf(value) as T;
