/** A status on the wire: what it names as a strong ETag, when to ask again, and where it came from. */
import type { AnswerOf } from '../contracts/routes/routes.ts';
import { revIn } from '../domain/ready-status.ts';
import { isLiveState } from '../domain/upload.ts';
import type { StatusAnswer } from '../usecases/read-status.ts';

/** Small files are done within a second or two; asking more often than this tells nothing new. */
const SHORTEST_SECONDS = 1;
const LONGEST_SECONDS = 30;
/** A step that is being worked at may end any moment. */
const LONGEST_WORKED_SECONDS = 5;
/** Who has waited for long will wait for some while yet: the next look is after this part of the time without news. */
const PART = 0.2;

/**
 * When to ask again, by the stage and by how long it has lasted. Where every open step waits in a queue, or the file is
 * still on its way, the longer nothing has happened the longer it may take; a step at work is looked after more often.
 */
const retryAfterSeconds = ({ running, updatedAt }: StatusAnswer, now: number): number => {
  const longest = running === undefined ? LONGEST_SECONDS : LONGEST_WORKED_SECONDS;
  const quietSeconds = (now - Math.max(updatedAt, running?.since ?? 0)) / 1000;
  return Math.min(Math.max(Math.ceil(quietSeconds * PART), SHORTEST_SECONDS), longest);
};

/** As many as a client that keeps its last few answers may send; a longer header names none. */
const MAX_HEADER_CHARACTERS = 1_024;

/** What the caller has, by the tags it sends back; `*` stands for whatever there is. */
export const seenIn = (ifNoneMatch: string | undefined): readonly string[] => {
  if (ifNoneMatch === undefined || ifNoneMatch.length > MAX_HEADER_CHARACTERS) return [];
  if (ifNoneMatch.trim() === '*') return ['*'];
  return [...ifNoneMatch.matchAll(/"([^"]*)"/g)].map(([, tag = '']) => tag);
};

/** The revision that the caller has seen, by the ETags it sends back; 0 when it sends none of ours. */
export const seenRevIn = (ifNoneMatch: string | undefined): number =>
  Math.max(0, ...seenIn(ifNoneMatch).map(revIn));

/** @param seen tags of what the caller has; compared as RFC 9110 §13.1.2 says for If-None-Match. */
export const statusAnswer = (
  answer: StatusAnswer,
  seen: readonly string[],
  now: number,
): AnswerOf<'GET /uploads/{id}'> => {
  const { tag, source, state } = answer;
  const headers = {
    etag: `"${tag}"`,
    'x-status-source': source,
    ...(isLiveState(state) ? { 'retry-after': String(retryAfterSeconds(answer, now)) } : {}),
  };
  const hasIt = seen.includes(tag) || seen.includes('*');
  return hasIt ? { status: 304, headers } : { status: 200, headers, json: answer.json() };
};
