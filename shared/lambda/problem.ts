/** Errors on the wire: `application/problem+json` of RFC 9457. */
import { type ErrorCode, PipelineError, RequestError, sentenceOf } from '../domain/errors.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail?: string;
  /** The invocation, to find its log lines. */
  readonly requestId: string;
}

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  unauthenticated: 401,
  not_found: 404,
  invalid_request: 400,
  conflict: 409,
  unavailable: 503,
};

/** Only a refusal says something about the request; every other error is ours and stays unexplained outside. */
export const problemOf = (error: unknown, requestId: string): Problem => {
  const code = publicCodeOf(error);
  const detail = error instanceof RequestError ? error.detail : undefined;
  return {
    type: `urn:sluice:problem:${code}`,
    title: sentenceOf(code),
    status: STATUS[code] ?? 500,
    code,
    ...(detail === undefined ? {} : { detail }),
    requestId,
  };
};

const publicCodeOf = (error: unknown): ErrorCode => {
  if (error instanceof RequestError) return error.code;
  return error instanceof PipelineError && error.retryable ? 'unavailable' : 'internal';
};
