/** Waits: for the network, for a while, or until something may have changed. */

/** Resolves at once when the device is connected, else when it is again. Rejects with the signal's reason. */
export const untilOnline = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    if (navigator.onLine) return resolve();
    const done = () => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    const stop = () => {
      globalThis.removeEventListener('online', done);
      reject(signal.reason);
    };
    globalThis.addEventListener('online', done, { once: true });
    signal.addEventListener('abort', stop, { once: true });
  });

export interface Sleepers {
  /** Resolves after `ms`, when all are woken, or when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  wake(): void;
}

export const createSleepers = (): Sleepers => {
  const sleepers = new Set<() => void>();
  return {
    sleep: (ms, signal) =>
      new Promise<void>((resolve) => {
        const wakeUp = () => {
          clearTimeout(timer);
          sleepers.delete(wakeUp);
          resolve();
        };
        const timer = setTimeout(wakeUp, ms);
        sleepers.add(wakeUp);
        signal.addEventListener('abort', wakeUp, { once: true });
      }),
    wake() {
      for (const wakeUp of [...sleepers]) wakeUp();
    },
  };
};
