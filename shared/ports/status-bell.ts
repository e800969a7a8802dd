/** Rings when something new is shown. It may go deaf at any moment, so who waits looks again now and then all the same. */
import type { ShownRef } from './status-board.ts';

export interface BellListener {
  /** Resolves at once when it rang since the last call, else at the next ring, or when `signal` aborts. Never rejects. */
  rung(signal: AbortSignal): Promise<void>;
  /** False once rings may get lost. */
  isListening(): boolean;
  /** Idempotent. */
  close(): void;
}

export interface StatusBell {
  /**
   * What is shown after this resolves rings. Undefined when there is nothing to listen to, or too many listen already.
   * Never throws or takes longer than the adapter's named time-out.
   */
  listen(ref: ShownRef): Promise<BellListener | undefined>;
}
