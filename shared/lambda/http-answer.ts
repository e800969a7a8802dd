/** What an HTTP request is answered, and every error as a problem. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { RequestError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';
import { problemOf } from './problem.ts';
import { RateError } from './rate.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A body that is JSON already; then there is no other. */
  readonly json?: string;
}

export const respond = (answer: HttpAnswer): APIGatewayProxyStructuredResultV2 => {
  const { status, headers = {}, body } = answer;
  const json = answer.json ?? (body === undefined ? undefined : JSON.stringify(body));
  return {
    statusCode: status,
    headers: {
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: json }),
  };
};

const RETRY_AFTER_SECONDS = '2';
/** Room comes with the next file that arrives; nobody knows when that is. */
const ROOM_AFTER_SECONDS = '5';
const ROOM_CODES: ReadonlySet<string> = new Set(['too_many_uploads', 'too_many_bytes']);

/** What was thrown, as the answer to it; what is no mistake of the caller is logged. */
export const respondWithProblem = (error: unknown, requestId: string, logger: Logger) => {
  if (!(error instanceof RequestError)) logger.error({ err: error, requestId }, 'request failed');
  const problem = problemOf(error, requestId);
  return respond({
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(error instanceof RateError ? error.headers : {}),
      ...(ROOM_CODES.has(problem.code) ? { 'retry-after': ROOM_AFTER_SECONDS } : {}),
      ...(problem.status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
    },
    body: problem,
  });
};
