/**
 * The client of Sluice, for browsers and Node: `fetch` and nothing else.
 *
 *     const sluice = createSluice({ url, session: token });
 *     const { id } = await sluice.upload(file, { onProgress });
 *     const { state, steps } = await sluice.follow(id);
 */
import { type Api, createApi } from './api.ts';
import { createEvents, type Events } from './events.ts';
import { createFollow, type Follow } from './follow.ts';
import { fixedSession, type Session } from './session.ts';
import { fetchTransport, type Transport } from './transport.ts';
import { createUploader, type Uploader } from './upload.ts';

export interface SluiceOptions {
  /** Where the API is: an address, or in a browser a path on the page's own origin. */
  readonly url: string;
  /** A bearer token, or what obtains and replaces one. `startSession` gives tokens. */
  readonly session: string | Session;
  /** The function URL where uploads are followed by events; without it they are asked for. */
  readonly followUrl?: string | undefined;
  /** How bytes are sent; by default by `fetch`. */
  readonly transport?: Transport | undefined;
  /** Larger files are sent in parts, which go on after a lost connection; by default above 16 MiB. */
  readonly partsAboveBytes?: number | undefined;
  /** Resolves when trying is of use, for who can tell that there is no network at all. */
  readonly whenOnline?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

export interface Sluice extends Api, Uploader {
  readonly follow: Follow;
  /** Every change as it comes; absent without a `followUrl`. */
  readonly events: Events | undefined;
}

/** Three parts of 5 MiB: below that a form is as quickly sent again. */
export const PARTS_ABOVE_BYTES = 16 * 1024 ** 2;

export const createSluice = ({
  url,
  session: given,
  followUrl,
  transport = fetchTransport,
  partsAboveBytes = PARTS_ABOVE_BYTES,
  whenOnline = async () => undefined,
}: SluiceOptions): Sluice => {
  const session = typeof given === 'string' ? fixedSession(given) : given;
  const api = createApi(url, session);
  const events = followUrl === undefined ? undefined : createEvents(followUrl, session);
  return {
    ...api,
    ...createUploader({ api, transport, partsAboveBytes, whenOnline }),
    follow: createFollow(api, events),
    events,
  };
};
