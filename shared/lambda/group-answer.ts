/** A group's status on the wire: its revision and a digest of what is said as a strong ETag, and when to ask again. */
import { createHash } from 'node:crypto';
import type { AnswerOf } from '../contracts/routes/routes.ts';
import type { GroupStatus } from '../domain/group-status.ts';
import type { GroupAnswer } from '../usecases/read-group.ts';

/** Its members' rows are read no more often than this, so asking sooner tells nothing new. */
const SHORTEST_SECONDS = 2;
const LONGEST_SECONDS = 30;
/** Who has waited for long will wait for some while yet: the next look is after this part of the time without news. */
const PART = 0.2;
const DIGEST_CHARACTERS = 12;

const retryAfterSeconds = ({ updatedAt }: GroupStatus, now: number): number => {
  const idleSeconds = (now - Date.parse(updatedAt)) / 1000;
  return Math.min(Math.max(Math.ceil(idleSeconds * PART), SHORTEST_SECONDS), LONGEST_SECONDS);
};

/** The rows are read one by one, so two answers of one revision may differ: what is said stands in the tag beside it. */
const etagOf = (status: GroupStatus): string => {
  const digest = createHash('sha256').update(JSON.stringify(status)).digest('hex');
  return `"${status.rev}-${digest.slice(0, DIGEST_CHARACTERS)}"`;
};

export const groupAnswer = (
  { status, source }: GroupAnswer,
  ifNoneMatch: string | undefined,
  now: number,
): AnswerOf<'GET /upload-groups/{id}'> => {
  const etag = etagOf(status);
  const headers = {
    etag,
    'x-status-source': source,
    ...(status.state === 'open' ? { 'retry-after': String(retryAfterSeconds(status, now)) } : {}),
  };
  return ifNoneMatch === etag ? { status: 304, headers } : { status: 200, headers, body: status };
};
