/** What a command ends with. These numbers are API: scripts depend on them. */
import { ApiError, TransferError } from '../client/errors.ts';

export const EXIT = {
  done: 0,
  /** An upload ended other than completed, or `doctor` found something. */
  failed: 1,
  usage: 2,
  /** The API or the file storage does not answer. */
  unreachable: 3,
  /** No session, or one that does not count (any more). */
  unauthenticated: 4,
  notFound: 5,
  /** The API or the file storage says no. */
  refused: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command line that says nothing sensible; the message is a sentence. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}

const ofStatus = (status: number): ExitCode => {
  if (status === 0 || status >= 500) return EXIT.unreachable;
  if (status === 401) return EXIT.unauthenticated;
  return status === 404 ? EXIT.notFound : EXIT.refused;
};

/** Undefined for a mistake of this program, which nobody should take for an answer. */
export const exitCodeOf = (error: unknown): ExitCode | undefined => {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof ApiError) return ofStatus(error.status);
  if (error instanceof TransferError) return error.again ? EXIT.unreachable : EXIT.refused;
  return undefined;
};
