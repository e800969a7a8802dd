/** Copies what goes into a memory store, as a wire would, so that no caller can change what is stored. */

const freeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
};

/** A deep copy that cannot be changed; what JSON does not carry is lost, as it would be on a wire. */
export const frozenCopy = <T>(value: T): T => {
  const copy: T = JSON.parse(JSON.stringify(value));
  freeze(copy);
  return copy;
};
