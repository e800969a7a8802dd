/** A status on the wire: its revision and what runs as a strong ETag, when to ask again, and where it came from. */
import type { AnswerOf } from '../contracts/routes/routes.ts';
import type { UploadStatus } from '../domain/status.ts';
import type { StatusAnswer } from '../usecases/read-status.ts';

/** Small files are done within a second or two; asking more often than this tells nothing new. */
const SHORTEST_SECONDS = 1;
const LONGEST_SECONDS = 30;
/** Who has waited for long will wait for some while yet: the next look is after this part of the time without news. */
const PART = 0.2;

/**
 * When to ask again. A step that is being worked at ends any moment; where every open step waits in a queue, or the file
 * is still on its way, the longer nothing has happened the longer it may take.
 */
const retryAfterSeconds = ({ state, steps, updatedAt }: UploadStatus, now: number): number => {
  const isWorked = state === 'processing' && steps.some((step) => step.state === 'running');
  if (isWorked) return SHORTEST_SECONDS;
  const idleSeconds = (now - Date.parse(updatedAt)) / 1000;
  return Math.min(Math.max(Math.ceil(idleSeconds * PART), SHORTEST_SECONDS), LONGEST_SECONDS);
};

/** The revision that the caller has seen, by the ETag it sends back; 0 when it sends none of ours. */
export const seenRevIn = (ifNoneMatch: string | undefined): number =>
  Number(/^(?:W\/)?"(\d{1,15})(?:-[0-9a-z]+)?"$/.exec(ifNoneMatch ?? '')?.[1] ?? 0);

/** Steps that began to run change what is answered but not the revision, so they stand in the tag beside it. */
const etagOf = ({ rev, steps }: UploadStatus): string => {
  const begun = steps.filter(({ state }) => state === 'running');
  if (begun.length === 0) return `"${rev}"`;
  const latest = Math.max(...begun.map(({ startedAt = '' }) => Date.parse(startedAt) || 0));
  return `"${rev}-${begun.length}${latest.toString(36)}"`;
};

export const statusAnswer = (
  { status, source }: StatusAnswer,
  ifNoneMatch: string | undefined,
  now: number,
): AnswerOf<'GET /uploads/{id}'> => {
  const etag = etagOf(status);
  const isLive = status.state === 'awaiting_upload' || status.state === 'processing';
  const headers = {
    etag,
    'x-status-source': source,
    ...(isLive ? { 'retry-after': String(retryAfterSeconds(status, now)) } : {}),
  };
  return ifNoneMatch === etag ? { status: 304, headers } : { status: 200, headers, body: status };
};
