/** Long work that nothing interrupts, cut into turns: between two of them timers, sockets and the abort signal get theirs. */
import { setImmediate } from 'node:timers/promises';
import { throwIfStopped } from './stop.ts';

const TURN_MS = 20;

/**
 * Lets whoever waits have their turn.
 * @throws the reason of the stop, when there was one.
 */
export const nextTurn = async (signal: AbortSignal): Promise<void> => {
  await setImmediate();
  throwIfStopped(signal);
};

export interface Turns {
  /** Whether others have waited long enough. */
  isOver(): boolean;
  /** @throws the reason of the stop, when there was one. */
  next(): Promise<void>;
}

export const createTurns = (signal: AbortSignal): Turns => {
  let startedAt = performance.now();
  return {
    isOver: () => performance.now() - startedAt >= TURN_MS,
    async next() {
      await nextTurn(signal);
      startedAt = performance.now();
    },
  };
};
