/** Copies what goes into a memory store, as a wire would, so that no caller can change what is stored. */

const freeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
};

/** What came over a wire, and cannot be changed. */
export const frozenFrom = <T>(json: string): T => {
  const copy: T = JSON.parse(json);
  freeze(copy);
  return copy;
};

/** A deep copy that cannot be changed; what JSON does not carry is lost, as it would be on a wire. */
export const frozenCopy = <T>(value: T): T => frozenFrom(JSON.stringify(value));
