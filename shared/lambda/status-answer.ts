/** A status on the wire: its revision as a strong ETag, when to ask again, and where it came from. */
import type { StatusAnswer } from '../usecases/read-status.ts';
import type { HttpAnswer } from './http.ts';

/** Small files are done within a second or two; asking more often than this tells nothing new. */
const RETRY_AFTER_SECONDS = 1;

/** The revision that the caller has seen, by the ETag it sends back; 0 when it sends none of ours. */
export const seenRevIn = (ifNoneMatch: string | undefined): number =>
  Number(/^(?:W\/)?"(\d{1,15})"$/.exec(ifNoneMatch ?? '')?.[1] ?? 0);

export const statusAnswer = (
  { status, source }: StatusAnswer,
  ifNoneMatch: string | undefined,
): HttpAnswer => {
  const etag = `"${status.rev}"`;
  const isLive = status.state === 'awaiting_upload' || status.state === 'processing';
  const headers = {
    etag,
    'x-status-source': source,
    ...(isLive ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
  };
  return ifNoneMatch === etag ? { status: 304, headers } : { status: 200, headers, body: status };
};
