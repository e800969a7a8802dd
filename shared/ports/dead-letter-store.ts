/** Messages that nobody could work, kept readable with the reason, until an operator retries or they run out. */
import type { ErrorCode } from '../domain/errors.ts';

export interface DeadLetter {
  /** Of the dead message; a second burial of the same message replaces the first. */
  readonly messageId: string;
  readonly queue: string;
  readonly body: string;
  /** Equal for messages that died of the same cause: code, queue and step. */
  readonly fingerprint: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly uploadId?: string | undefined;
  readonly buriedAt: number;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  readonly cursor: string | undefined;
}

/** Errors of all methods: RetryableError `store_unavailable`. */
export interface DeadLetterStore {
  /** Idempotent by `messageId`. */
  keep(letter: DeadLetter): Promise<void>;
  /** In the order of message ids. */
  list(limit: number, cursor?: string): Promise<DeadLetterPage>;
  /** Idempotent. */
  forget(messageId: string): Promise<void>;
}
