/** Any error as a problem that may be told outside. */
import { PROBLEM_STATUS, type Problem, type ProblemCode } from '../contracts/problem.ts';
import { PipelineError, RequestError, sentenceOf } from '../domain/errors.ts';

/** Only a refusal says something about the request; every other error is ours and stays unexplained outside. */
export const problemOf = (error: unknown, requestId: string): Problem => {
  const code = publicCodeOf(error);
  const detail = error instanceof RequestError ? error.detail : undefined;
  return {
    type: `urn:sluice:problem:${code}`,
    title: sentenceOf(code),
    status: PROBLEM_STATUS[code],
    code,
    ...(detail === undefined ? {} : { detail }),
    requestId,
  };
};

const publicCodeOf = (error: unknown): ProblemCode => {
  if (error instanceof RequestError) return error.code;
  return error instanceof PipelineError && error.retryable ? 'unavailable' : 'internal';
};
