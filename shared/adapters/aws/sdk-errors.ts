/** Reads what the AWS SDK throws, so that nothing above the adapters has to. */
import { PipelineError, RetryableError } from '../../domain/errors.ts';

/** Names that mean "not now": "Error retries and exponential backoff" of each service, and the SDK's own. */
const TRANSIENT_NAMES: ReadonlySet<string> = new Set([
  'InternalError',
  'InternalServerError',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** Errors of the socket, by Node's code. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;

export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** The status of the answer, undefined when there was none. */
export const httpStatusOf = (error: unknown): number | undefined => {
  const status = fieldOf(fieldOf(error, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
};

/** Does the service itself say that another attempt may succeed? */
const isTransient = (error: unknown): boolean => {
  const status = httpStatusOf(error);
  const code = fieldOf(error, 'code');
  return (
    TRANSIENT_NAMES.has(nameOf(error)) ||
    (typeof code === 'string' && TRANSIENT_CODES.has(code)) ||
    (status !== undefined && (status >= 500 || status === 429))
  );
};

type Unavailable = 'storage_unavailable' | 'store_unavailable' | 'queue_unavailable';

/**
 * What a failed call means for the pipeline. A refused request (no permission, no such table) is retried
 * like an outage: it is our fault or a deployment's, never that of the file.
 */
export const unavailable = (code: Unavailable, error: unknown): PipelineError => {
  if (error instanceof PipelineError) return error;
  return isTransient(error)
    ? new RetryableError(code, { cause: error })
    : new RetryableError(code, { cause: error, detail: 'It refused the request.' });
};

/** What the state store answers. @throws RetryableError `store_unavailable`; an error of ours as it is. */
export const fromStore = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    throw unavailable('store_unavailable', error);
  }
};
