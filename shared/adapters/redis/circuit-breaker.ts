/** Stops asking who does not answer, so that a dead dependency costs nothing; one probe at a time asks again. */
import type { Clock } from '../../ports/clock.ts';

export interface CircuitBreakerTerms {
  readonly clock: Clock;
  /** So many failures in a row open it. */
  readonly failures: number;
  /** So long it stays open before one call may try again. */
  readonly openMs: number;
}

export interface CircuitBreaker {
  /** May this call be made? A call that is admitted must report how it ended. */
  admits(): boolean;
  succeeded(): void;
  failed(): void;
}

export const createCircuitBreaker = ({
  clock,
  failures,
  openMs,
}: CircuitBreakerTerms): CircuitBreaker => {
  let inARow = 0;
  let openUntil = 0;
  let isProbing = false;
  return {
    admits() {
      if (inARow < failures) return true;
      if (isProbing || clock.now() < openUntil) return false;
      isProbing = true;
      return true;
    },
    succeeded() {
      inARow = 0;
      isProbing = false;
    },
    failed() {
      inARow += 1;
      isProbing = false;
      openUntil = clock.now() + openMs;
    },
  };
};
