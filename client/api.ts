/** The routes of the API, one function each. */
import { type Ask, createAsk, jsonWith } from './ask.ts';
import { retryAfterSecondsOf, TransferError } from './errors.ts';
import type { Session } from './session.ts';
import type {
  CompletedParts,
  CreatedGroup,
  CreatedUpload,
  DeclaredFile,
  DeclaredGroup,
  Group,
  HistoryEntry,
  ListedParts,
  ResultLink,
  SignedParts,
  Upload,
  UploadedPart,
  UploadHistory,
  UploadList,
  UploadResults,
} from './types.ts';

export interface Cancel {
  readonly signal?: AbortSignal | undefined;
}

export interface StatusQuestion extends Cancel {
  /** Of the last answer: whoever has seen it is told only of what is newer. */
  readonly etag?: string | undefined;
  /** How long the API may wait for a change before it answers, at most 25. */
  readonly waitSeconds?: number | undefined;
}

export interface StatusAnswer {
  /** Absent: unchanged since `etag`. */
  readonly status: Upload | undefined;
  readonly etag: string;
  /** When to ask again. Absent once it has ended. */
  readonly retryAfterSeconds: number | undefined;
  /** `cache` or `store`: where the answer came from. */
  readonly source: string | undefined;
}

export interface PageQuestion extends Cancel {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface Announcing extends Cancel {
  readonly key?: string | undefined;
}

/** Every call rejects with an ApiError when it is refused or cannot be sent, and with the signal's reason when that aborts. */
export interface Api {
  /** Ends the session that this client speaks for. */
  endSession(): Promise<void>;
  /** Announces a file. The same `key` again means the same upload: an answer that got lost makes no second one. */
  create(declared: DeclaredFile, more?: Announcing): Promise<CreatedUpload>;
  /** Announces up to 100 files at once, which are also followed as one; `key` as above. */
  createGroup(files: DeclaredGroup['files'], more?: Announcing): Promise<CreatedGroup>;
  /** How its uploads are, all in one answer, which may be two seconds old. */
  group(id: string, more?: Cancel): Promise<Group>;
  /** Newest first. */
  list(question?: PageQuestion): Promise<UploadList>;
  /** What was in an archive that was announced with the option `unpack`, in the order of its entries. */
  children(id: string, question?: PageQuestion): Promise<UploadList>;
  /** As it is now. */
  get(id: string, more?: Cancel): Promise<Upload>;
  status(id: string, question?: StatusQuestion): Promise<StatusAnswer>;
  history(id: string, more?: Cancel): Promise<readonly HistoryEntry[]>;
  /** Takes an upload back with everything that was made of it. */
  delete(id: string, more?: Cancel): Promise<void>;
  signParts(id: string, parts: readonly number[], more?: Cancel): Promise<SignedParts>;
  /** What has arrived. */
  listParts(id: string, more?: Cancel): Promise<readonly UploadedPart[]>;
  /** Makes one object of all parts. Can be repeated. */
  completeParts(id: string, more?: Cancel): Promise<Upload>;
  /** Throws away what has arrived; the upload still waits for its file. */
  dropParts(id: string, more?: Cancel): Promise<void>;
  /** Step by step what was found and which files were made; of an upload that has not ended, what there is so far. */
  results(id: string, more?: Cancel): Promise<UploadResults>;
  /** A short-lived address of a derived file by its `href`, for an `img` or a download. Ask again when it has run out. */
  link(href: string, more?: Cancel): Promise<ResultLink>;
  /** Opens a derived file by its `href`. @throws TransferError when the storage does not give it. */
  open(href: string, more?: Cancel): Promise<Response>;
  /** Opens the lasting account of an upload that has ended, which is JSON. */
  manifest(id: string, more?: Cancel): Promise<Response>;
}

const sendJson = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const path = (id: string, rest = ''): string => `/uploads/${encodeURIComponent(id)}${rest}`;

const queryOf = (fields: Readonly<Record<string, number | string | undefined>>): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
};

const cancelBy = ({ signal }: Cancel): RequestInit => ({ signal: signal ?? null });

const linkTo = async (ask: Ask, href: string, more: Cancel): Promise<ResultLink> => {
  // A page on another origin could not follow the redirect that it is otherwise.
  const headers = { accept: 'application/json' };
  return jsonWith<ResultLink>(await ask(href, { headers, ...cancelBy(more) }), 'url');
};

/** From the storage, without the session: the address is all it takes. */
const fetchLinked = async ({ url }: ResultLink, more: Cancel): Promise<Response> => {
  const answer = await fetch(url, cancelBy(more)).catch((cause: unknown) => {
    more.signal?.throwIfAborted();
    throw new TransferError('The file storage cannot be reached.', { again: true, cause });
  });
  if (answer.ok) return answer;
  const { status } = answer;
  await answer.body?.cancel();
  throw new TransferError('The file storage did not give the file.', { status });
};

const announcingRoutes = (ask: Ask): Pick<Api, 'create' | 'createGroup' | 'group'> => {
  const announce = (place: string, body: object, { key, ...more }: Announcing) => {
    const { headers, ...init } = sendJson(body);
    const keyed = key === undefined ? {} : { 'idempotency-key': key };
    return ask(place, { ...init, headers: { ...headers, ...keyed }, ...cancelBy(more) });
  };
  return {
    async create(declared, more = {}) {
      return jsonWith<CreatedUpload>(await announce('/uploads', declared, more), 'statusUrl');
    },
    async createGroup(files, more = {}) {
      return jsonWith<CreatedGroup>(await announce('/upload-groups', { files }, more), 'group');
    },
    async group(id, more = {}) {
      const answer = await ask(`/upload-groups/${encodeURIComponent(id)}`, cancelBy(more));
      return jsonWith<Group>(answer, 'uploads');
    },
  };
};

const partRoutes = (
  ask: Ask,
): Pick<Api, 'signParts' | 'listParts' | 'completeParts' | 'dropParts'> => ({
  async signParts(id, parts, more = {}) {
    const answer = await ask(path(id, '/parts'), { ...sendJson({ parts }), ...cancelBy(more) });
    return jsonWith<SignedParts>(answer, 'partCount');
  },
  async listParts(id, more = {}) {
    const answer = await ask(path(id, '/parts'), cancelBy(more));
    return (await jsonWith<ListedParts>(answer, 'parts')).parts;
  },
  async completeParts(id, more = {}) {
    const answer = await ask(path(id, '/complete'), { method: 'POST', ...cancelBy(more) });
    return (await jsonWith<CompletedParts>(answer, 'upload')).upload;
  },
  async dropParts(id, more = {}) {
    await ask(path(id, '/parts'), { method: 'DELETE', ...cancelBy(more) });
  },
});

const readingRoutes = (
  ask: Ask,
): Pick<Api, 'list' | 'children' | 'get' | 'status' | 'history'> => ({
  async list({ limit, cursor, ...more } = {}) {
    const answer = await ask(`/uploads${queryOf({ limit, cursor })}`, cancelBy(more));
    return jsonWith<UploadList>(answer, 'uploads');
  },
  async children(id, { limit, cursor, ...more } = {}) {
    const answer = await ask(path(id, `/children${queryOf({ limit, cursor })}`), cancelBy(more));
    return jsonWith<UploadList>(answer, 'uploads');
  },
  async get(id, more = {}) {
    return jsonWith<Upload>(await ask(path(id), cancelBy(more)), 'steps');
  },
  async status(id, { etag = '', waitSeconds = 0, ...more } = {}) {
    const wait = waitSeconds > 0 ? waitSeconds : undefined;
    const answer = await ask(path(id, queryOf({ wait })), {
      headers: etag === '' ? {} : { 'if-none-match': etag },
      ...cancelBy(more),
    });
    return {
      status: answer.status === 304 ? undefined : await jsonWith<Upload>(answer, 'steps'),
      etag: answer.headers.get('etag') ?? etag,
      retryAfterSeconds: retryAfterSecondsOf(answer),
      source: answer.headers.get('x-status-source') ?? undefined,
    };
  },
  async history(id, more = {}) {
    const answer = await ask(path(id, '/history'), cancelBy(more));
    return (await jsonWith<UploadHistory>(answer, 'history')).history;
  },
});

const resultRoutes = (ask: Ask): Pick<Api, 'results' | 'link' | 'open' | 'manifest'> => ({
  async results(id, more = {}) {
    return jsonWith<UploadResults>(await ask(path(id, '/results'), cancelBy(more)), 'steps');
  },
  link: (href, more = {}) => linkTo(ask, href, more),
  async open(href, more = {}) {
    return fetchLinked(await linkTo(ask, href, more), more);
  },
  async manifest(id, more = {}) {
    return fetchLinked(await linkTo(ask, path(id, '/manifest'), more), more);
  },
});

/** @param url where the API is: an address, or in a browser a path on the page's own origin. */
export const createApi = (url: string, session: Session): Api => {
  const ask = createAsk(url, session);
  return {
    async endSession() {
      await ask('/sessions/current', { method: 'DELETE' });
    },
    async delete(id, more = {}) {
      await ask(path(id), { method: 'DELETE', ...cancelBy(more) });
    },
    ...announcingRoutes(ask),
    ...readingRoutes(ask),
    ...resultRoutes(ask),
    ...partRoutes(ask),
  };
};
