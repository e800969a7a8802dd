/** What every use case that is driven by a message is told about its delivery. */
import type { Cause } from '../domain/upload.ts';
import type { Logger } from '../ports/logger.ts';

export interface RecordMeta extends Cause {
  /** There is no delivery after this one: whoever fails now must record it itself. */
  readonly lastAttempt: boolean;
  /** Aborted shortly before the platform would kill the invocation. */
  readonly signal: AbortSignal;
  /** Milliseconds until then. */
  readonly remainingMs: number;
  readonly logger: Logger;
}

export const causeOf = ({ requestId, attempt }: Cause): Cause => ({ requestId, attempt });
