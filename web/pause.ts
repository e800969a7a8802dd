/** Waits for the network. */

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
