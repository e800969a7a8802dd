/** What can go wrong between a client and the pipeline; every message is a sentence for people. */
import type { ProblemCode } from './types.ts';

export interface Refusal {
  /** Absent when whoever answered was not the API itself. */
  readonly code?: ProblemCode | undefined;
  /** Finds the log lines. */
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** The API refused or could not be reached (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: ProblemCode | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, status: number, more: Refusal = {}) {
    super(message, { cause: more.cause });
    this.name = 'ApiError';
    this.status = status;
    this.code = more.code;
    this.requestId = more.requestId;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

/** Bytes did not go to or come from the file storage. */
export class TransferError extends Error {
  /** The status that the storage answered with; 0 when it answered nothing. */
  readonly status: number;
  /** Sending the same bytes to the same address again may work. */
  readonly again: boolean;

  constructor(
    message: string,
    { status = 0, again = false, cause }: Partial<TransferError> & ErrorOptions = {},
  ) {
    super(message, { cause });
    this.name = 'TransferError';
    this.status = status;
    this.again = again;
  }
}

/** Nobody is to blame but the moment: the same request may be answered a little later. */
export const isPassing = ({ status }: ApiError): boolean =>
  status === 0 || status === 429 || status >= 500;

const textOf = (problem: unknown, field: string): string | undefined => {
  if (typeof problem !== 'object' || problem === null) return undefined;
  const value: unknown = Reflect.get(problem, field);
  return typeof value === 'string' ? value : undefined;
};

/** Of an answer's `Retry-After`. */
export const retryAfterSecondsOf = ({ headers }: Response): number | undefined => {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
};

/** The error in an answer that is none of 2xx. Reads the body. */
export const refusalOf = async (answer: Response): Promise<ApiError> => {
  const problem: unknown = await answer.json().catch(() => undefined);
  const words = [textOf(problem, 'title'), textOf(problem, 'detail')].filter(Boolean).join(' ');
  return new ApiError(
    words || `The service answered with an error (${answer.status}).`,
    answer.status,
    {
      // A code that this version does not know is still the API's word.
      code: textOf(problem, 'code') as ProblemCode | undefined,
      requestId: textOf(problem, 'requestId'),
      retryAfterSeconds: retryAfterSecondsOf(answer),
    },
  );
};
