/** Where a file is: a redirect, or its address as JSON for a caller that cannot follow one. */
import type { AnswerOf } from '../contracts/routes/routes.ts';
import type { ResultLink } from '../usecases/read-results.ts';

/** A longer header asks for nothing in particular. */
const MAX_HEADER_CHARACTERS = 1_024;

/**
 * Only who names JSON itself gets JSON; everybody accepts anything. A page on another origin asks so: its `fetch` would
 * follow a redirect to a third origin without an origin of its own, and be refused there.
 */
export const asksForJson = (accept: string | undefined): boolean =>
  accept !== undefined &&
  accept.length <= MAX_HEADER_CHARACTERS &&
  accept.split(',').some((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return type === 'application/json' && !parameters.some((one) => /^q=0(\.0*)?$/.test(one));
  });

export const linkAnswer = (
  link: ResultLink,
  accept: string | undefined,
): AnswerOf<'GET /uploads/{id}/results/{step}/{name}'> =>
  asksForJson(accept)
    ? { status: 200, headers: { vary: 'accept' }, body: link }
    : { status: 302, headers: { vary: 'accept', location: link.url } };
