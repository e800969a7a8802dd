/** A counting semaphore: at most so many at once, first come, first served. */

type Release = () => void;

export type Slots = {
  /** Resolves with the way to give the slot back. Rejects with the signal's reason. */
  readonly acquire: (signal: AbortSignal) => Promise<Release>;
  /** Resolves when a slot is free, without keeping it. */
  readonly whenFree: (signal: AbortSignal) => Promise<void>;
};

export const createSlots = (limit: number): Slots => {
  let taken = 0;
  const waiting: (() => void)[] = [];

  // The slot goes straight to the next in line: were it freed first, a newcomer could take it too.
  const handOver = () => {
    const next = waiting.shift();
    if (next) next();
    else taken -= 1;
  };

  const turn = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const leave = () => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(enter);
    });

  const acquire = async (signal: AbortSignal): Promise<Release> => {
    signal.throwIfAborted();
    if (taken < limit) taken += 1;
    else await turn(signal);
    return handOver;
  };

  return {
    acquire,
    whenFree: async (signal) => {
      const release = await acquire(signal);
      release();
    },
  };
};
