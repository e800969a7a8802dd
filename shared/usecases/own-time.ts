/**
 * A step's own time: what passes while it waits for the storage is not its own. A step that is slow because of its file is
 * over its budget; one that is slow because of the storage is not, and ends at the deadline of its attempt, to be tried again.
 */
import type { Readable } from 'node:stream';
import type { Clock } from '../ports/clock.ts';

export interface OwnTime {
  /** Aborted with `onSpent()` when it is spent. */
  readonly signal: AbortSignal;
  /** Waits for the storage: until this settles, no time passes. */
  waitFor<T>(answer: Promise<T>): Promise<T>;
  /** From now on, no time passes while somebody reads this and it has nothing to give. @returns the same stream. */
  watch(stream: Readable): Readable;
  /** Frees the timer; call it when the step is done. */
  stop(): void;
}

/** Counts milliseconds, but not while anything is waited for. */
const createStopwatch = (clock: Clock) => {
  let countedMs = 0;
  let since = clock.now();
  let waits = 0;
  let goOn: () => void = () => undefined;
  // A clock may go back; time does not.
  const runningMs = (): number => Math.max(0, clock.now() - since);
  return {
    ms: (): number => (waits > 0 ? countedMs : countedMs + runningMs()),
    /** @returns what ends the pause, to be called once. */
    pause(): () => void {
      if (waits === 0) countedMs += runningMs();
      waits += 1;
      return () => {
        waits -= 1;
        since = clock.now();
        goOn();
      };
    },
    /** Resolves when nothing is waited for. */
    async running(): Promise<void> {
      while (waits > 0) {
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      }
    },
  };
};

type Stopwatch = ReturnType<typeof createStopwatch>;

/**
 * Only `read` knows that a reader found nothing, and only `push` that there is something again: an event for either would
 * change how the stream flows, and one more stream in between would cost time with every chunk.
 */
const watchReads = (stream: Readable, stopwatch: Stopwatch): Readable => {
  let goOn: (() => void) | undefined;
  const fed = (): void => {
    goOn?.();
    goOn = undefined;
  };
  const { read, push } = stream;
  stream.read = (size) => {
    const chunk: unknown = read.call(stream, size);
    const isHungry = chunk === null && stream.readableLength === 0;
    if (isHungry && !stream.readableEnded && !stream.destroyed) goOn ??= stopwatch.pause();
    return chunk;
  };
  stream.push = (chunk, encoding) => {
    fed();
    return push.call(stream, chunk, encoding);
  };
  return stream.once('close', fed);
};

export const createOwnTime = (clock: Clock, limitMs: number, onSpent: () => Error): OwnTime => {
  const stopwatch = createStopwatch(clock);
  const spent = new AbortController();
  const stopped = new AbortController();
  const run = async (): Promise<void> => {
    for (let left = limitMs; left > 0; left = limitMs - stopwatch.ms()) {
      await clock.sleep(left, stopped.signal);
      await stopwatch.running();
      if (stopped.signal.aborted) return;
    }
    spent.abort(onSpent());
  };
  void run();
  return {
    signal: spent.signal,
    async waitFor(answer) {
      const goOn = stopwatch.pause();
      try {
        return await answer;
      } finally {
        goOn();
      }
    },
    watch: (stream) => watchReads(stream, stopwatch),
    stop: () => stopped.abort('done'),
  };
};
