/** Lets only so many through at one time; the others wait in the order they came. */

export interface Gate {
  /** Runs `work` when there is room. Rejects with the signal's reason if that comes first. */
  pass<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export const createGate = (room: number): Gate => {
  let inside = 0;
  const waiting = new Set<() => void>();

  const enter = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal.throwIfAborted();
      const letIn = () => {
        signal.removeEventListener('abort', giveUp);
        inside += 1;
        resolve();
      };
      const giveUp = () => {
        waiting.delete(letIn);
        reject(signal.reason);
      };
      if (inside < room) return letIn();
      waiting.add(letIn);
      signal.addEventListener('abort', giveUp, { once: true });
    });

  const leave = () => {
    inside -= 1;
    const [next] = waiting;
    if (next === undefined) return;
    waiting.delete(next);
    next();
  };

  return {
    async pass(work, signal) {
      await enter(signal);
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
};
