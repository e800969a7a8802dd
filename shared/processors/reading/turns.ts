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

/** Units of work between two turns: what takes some microseconds for each of them. */
const TURN_UNITS = 256;

interface Pass {
  readonly signal: AbortSignal;
  /** Units of work that one element costs. */
  readonly cost?: number;
}

/**
 * Visits every element, and lets others have their turn in between: counted by the work, so that a slow machine looks at the
 * signal as often as a fast one.
 * @throws the reason of the stop, when there was one.
 */
export const eachInTurns = async <Element>(
  elements: readonly Element[],
  { signal, cost = 1 }: Pass,
  visit: (element: Element, index: number) => void,
): Promise<void> => {
  let units = 0;
  for (const [index, element] of elements.entries()) {
    visit(element, index);
    units += cost;
    if (units < TURN_UNITS) continue;
    await nextTurn(signal);
    units = 0;
  }
};

/** What `map` makes of every element, in turns. */
export const mapInTurns = async <Element, Result>(
  elements: readonly Element[],
  pass: Pass,
  map: (element: Element, index: number) => Result,
): Promise<Result[]> => {
  const results: Result[] = [];
  await eachInTurns(elements, pass, (element, index) => {
    results.push(map(element, index));
  });
  return results;
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
