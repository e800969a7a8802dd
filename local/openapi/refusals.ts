/** How a route refuses: every code with its status, its sentence and its headers. */
import { PROBLEM_STATUS, type ProblemCode, problem } from '../../shared/contracts/problem.ts';
import type { AnswerHeader, Route } from '../../shared/contracts/routes/route.ts';
import { sentenceOf } from '../../shared/domain/errors.ts';
import { headersOf } from './headers.ts';
import type { Schemas } from './schemas.ts';

/** Any route may answer with these. */
const ALWAYS: readonly ProblemCode[] = [
  'unauthenticated',
  'too_many_requests',
  'unavailable',
  'internal',
];

/** With which headers a refusal comes. */
const REFUSAL_HEADERS: Readonly<Partial<Record<ProblemCode, readonly AnswerHeader[]>>> = {
  unauthenticated: ['www-authenticate'],
  too_many_requests: ['retry-after', 'ratelimit', 'ratelimit-policy'],
  too_many_uploads: ['retry-after'],
  too_many_bytes: ['retry-after'],
  unavailable: ['retry-after'],
};

const problemExample = (code: ProblemCode) => ({
  type: `urn:sluice:problem:${code}`,
  title: sentenceOf(code),
  status: PROBLEM_STATUS[code],
  code,
  requestId: '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
});

/** The response that stands for one code. */
export const refusalOf = (code: ProblemCode, schemas: Schemas) => {
  return {
    description: sentenceOf(code),
    ...headersOf(REFUSAL_HEADERS[code]),
    content: {
      'application/problem+json': {
        schema: schemas.of(problem, 'output'),
        example: problemExample(code),
      },
    },
  };
};

/** Those of all of these codes are always there, those of some are not. */
const sharedHeaders = (codes: readonly ProblemCode[]) => {
  const headers = codes.map((code) => REFUSAL_HEADERS[code] ?? []);
  const all = [...new Set(headers.flat())];
  const always = all.filter((name) => headers.every((some) => some.includes(name)));
  return headersOf(
    always,
    all.filter((name) => !always.includes(name)),
  );
};

/** Codes that share a status are told in one response. */
export const refusalsOf = (
  { refusals }: Route,
  schemas: Schemas,
): Readonly<Record<string, unknown>> => {
  const all = [...new Set([...ALWAYS, ...refusals])];
  const statuses = new Set(all.map((code) => PROBLEM_STATUS[code]));
  return Object.fromEntries(
    [...statuses].map((status) => {
      const codes = all.filter((code) => PROBLEM_STATUS[code] === status);
      const [first = 'internal', ...others] = codes;
      if (others.length === 0) return [status, { $ref: `#/components/responses/${first}` }];
      const examples = Object.fromEntries(
        codes.map((code) => [code, { value: problemExample(code) }]),
      );
      const schema = schemas.of(problem, 'output');
      return [
        status,
        {
          ...sharedHeaders(codes),
          description: codes.map((code) => sentenceOf(code)).join(' Or: '),
          content: { 'application/problem+json': { schema, examples } },
        },
      ];
    }),
  );
};

export const codesOf = (all: readonly Route[]): readonly ProblemCode[] => [
  ...new Set([...ALWAYS, ...all.flatMap(({ refusals }) => refusals)]),
];
