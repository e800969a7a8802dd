/** Asks the API again when it is away for a moment. */
import { ApiError, isPassing } from './errors.ts';
import { pause } from './pause.ts';

/** Before each further try. */
const PAUSES_MS = [1_000, 4_000, 10_000] as const;

export interface Patience {
  readonly signal: AbortSignal;
  /** Resolves when trying is of use. */
  readonly whenOnline: (signal: AbortSignal) => Promise<void>;
}

/** Only for what may be asked twice. @throws what the last try threw, or the signal's reason. */
export const patiently = async <T>(
  { signal, whenOnline }: Patience,
  ask: () => Promise<T>,
): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    await whenOnline(signal);
    try {
      return await ask();
    } catch (error) {
      const pauseMs = PAUSES_MS[tries];
      if (pauseMs === undefined || !(error instanceof ApiError && isPassing(error))) throw error;
      await pause(Math.max(pauseMs, (error.retryAfterSeconds ?? 0) * 1_000), signal);
    }
  }
};
