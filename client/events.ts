/** The status of an upload as it changes, by Server-Sent Events. Read by `fetch`: an `EventSource` cannot send the session. */
import { createAsk } from './ask.ts';
import { ApiError } from './errors.ts';
import { eventsIn, type HeardEvent } from './event-lines.ts';
import type { Session } from './session.ts';
import type { ProblemCode, Upload } from './types.ts';

export interface StatusEvent {
  readonly status: Upload;
  /** Of this status: whoever has seen it is told only of what is newer, by events or in answers. */
  readonly etag: string;
}

export interface EventTerms {
  /** Of what the caller has seen; empty when it has seen nothing. */
  readonly etag: string;
  readonly signal?: AbortSignal | undefined;
  /** The API lets the caller listen. */
  readonly onOpen?: (() => void) | undefined;
}

/**
 * Every status that is newer than `etag`, each once. It ends with the upload, and now and then before that: whoever
 * still listens then comes back with the last tag.
 * @throws ApiError when it is refused, breaks off, or nothing is heard for longer than a line that lives is silent; the
 * signal's reason.
 */
export type Events = (
  id: string,
  terms: EventTerms,
) => AsyncGenerator<StatusEvent, void, undefined>;

/** The API sends a sign of life every 15 seconds. What stands between may keep an answer back until it is whole. */
const SILENCE_MS = 40_000;

/** Aborts with the caller's signal, or when it has not been reset for too long. */
const createWatch = (signal: AbortSignal | undefined) => {
  const controller = new AbortController();
  const stop = () => controller.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', stop, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const reset = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      controller.abort(new ApiError('The service has fallen silent.', 0));
    }, SILENCE_MS);
  };
  reset();
  const end = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  };
  return { signal: controller.signal, reset, end };
};

/** A refusal that came after the answer had begun. */
const refusalIn = (data: string): ApiError => {
  const { title, status, code, requestId } = JSON.parse(data) as {
    readonly title: string;
    readonly status: number;
    readonly code: ProblemCode;
    readonly requestId: string;
  };
  return new ApiError(title, status, { code, requestId });
};

const statusIn = ({ id, event, data }: HeardEvent): StatusEvent | undefined => {
  if (event === 'problem') throw refusalIn(data);
  // The API is ours, and this event's schema is this type.
  return event === 'status' ? { status: JSON.parse(data) as Upload, etag: `"${id}"` } : undefined;
};

/** @throws ApiError 502 when something else answers than the API. */
const streamOf = ({ body, headers }: Response): ReadableStream<Uint8Array> => {
  if (body !== null && headers.get('content-type')?.startsWith('text/event-stream')) return body;
  throw new ApiError('The service answered something that this client does not understand.', 502);
};

/** @param url the function URL of `follow-upload`, or in a browser a path on the page's own origin. */
export const createEvents = (url: string, session: Session): Events => {
  const ask = createAsk(url, session);
  return async function* events(id, { etag, signal, onOpen }) {
    const watch = createWatch(signal);
    try {
      const seen = etag.replaceAll('"', '');
      const answer = await ask(`/uploads/${encodeURIComponent(id)}/events`, {
        headers: seen === '' ? {} : { 'last-event-id': seen },
        signal: watch.signal,
      });
      // 204: it has ended and the caller knows.
      if (answer.status === 204) return;
      const body = streamOf(answer);
      onOpen?.();
      for await (const heard of eventsIn(body, watch.reset)) {
        const status = statusIn(heard);
        if (status !== undefined) yield status;
      }
    } catch (cause) {
      watch.signal.throwIfAborted();
      if (cause instanceof ApiError) throw cause;
      throw new ApiError('The connection to the service broke off.', 0, { cause });
    } finally {
      watch.end();
    }
  };
};
