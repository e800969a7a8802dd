/** Lets one writer at a time decide about one key, so a condition still holds when its write lands. */

export type KeyLock = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export const createKeyLock = (): KeyLock => {
  const tails = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const earlier = tails.get(key) ?? Promise.resolve();
    // The next in line waits for the end of this one, not for its success.
    const result = earlier.then(work, work);
    tails.set(key, result);
    const forget = () => {
      if (tails.get(key) === result) tails.delete(key);
    };
    result.then(forget, forget);
    return result;
  };
};
