/** A status as an event: its id is what the ETag says, so that a client can change from one way of following to the other. */
import type { StatusAnswer } from '../usecases/read-status.ts';
import type { StreamEvent } from './event-stream.ts';

/** What the client got last; undefined for what is no id of ours. */
export const lastEventIn = (lastEventId: string | undefined): readonly string[] =>
  lastEventId !== undefined && /^\d{1,15}(?:-[0-9a-z]{1,24})?$/.test(lastEventId)
    ? [lastEventId]
    : [];

export async function* statusEvents(
  following: AsyncIterable<StatusAnswer | 'quiet'>,
): AsyncGenerator<StreamEvent, void, undefined> {
  for await (const answer of following) {
    yield answer === 'quiet'
      ? { comment: 'quiet' }
      : { id: answer.tag, event: 'status', data: answer.json() };
  }
}
