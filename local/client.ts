/** A client of the public HTTP API, as any program outside would write one: `fetch` and nothing of the inside. */
import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ApiStep {
  readonly name: string;
  readonly state: string;
  readonly attempts: number;
  readonly durationMs?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly files: readonly { readonly name: string; readonly href: string }[];
}

export interface ApiUpload {
  readonly id: string;
  readonly state: string;
  readonly rev: number;
  readonly detectedType?: string;
  readonly steps: readonly ApiStep[];
  readonly progress: number;
  readonly error?: { readonly code: string; readonly message: string };
}

interface CreatedUpload {
  readonly upload: ApiUpload;
  readonly statusUrl: string;
  readonly post: { readonly url: string; readonly fields: Readonly<Record<string, string>> };
}

export interface ClientOptions {
  readonly httpUrl: string;
  readonly token: string;
  /** Given up on an upload that has not ended by then. */
  readonly timeoutMs?: number;
}

export interface Client {
  /** Announces the file and posts its bytes; resolves when S3 has them. */
  upload(path: string, name?: string): Promise<ApiUpload>;
  /** Polls, as `Retry-After` says, until the upload has ended; `onChange` sees every new revision. */
  follow(id: string, onChange: (upload: ApiUpload) => void): Promise<ApiUpload>;
  /** The story of an upload. */
  history(id: string): Promise<unknown>;
}

const ENDED = new Set(['completed', 'failed', 'expired', 'cancelled', 'rejected']);
const DEFAULT_TIMEOUT_MS = 10 * 60_000;

const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

/** The answer's JSON, known by one of its fields, or an error with the answer's own words. */
const jsonOf = async <T extends object>(answer: Response, field: keyof T & string): Promise<T> => {
  const text = await answer.text();
  const body: unknown = answer.ok ? JSON.parse(text) : undefined;
  if (typeof body === 'object' && body !== null && field in body) return body as T;
  throw new Error(`${new URL(answer.url).pathname} answered ${answer.status}: ${text}`);
};

const postForm = async ({ url, fields }: CreatedUpload['post'], path: string, name: string) => {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  // S3 ignores every field after the file, so it goes last.
  form.append('file', await openAsBlob(path), name);
  const answer = await fetch(url, { method: 'POST', body: form });
  if (!answer.ok) throw new Error(`S3 refused ${name}: ${answer.status} ${await answer.text()}`);
};

export const createClient = (options: ClientOptions): Client => {
  const { httpUrl, token, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${httpUrl}${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${token}` },
    });

  return {
    async upload(path, name = basename(path)) {
      const { size } = await stat(path);
      const declared = { name, size, sha256: await sha256Of(path) };
      const answer = await call('/uploads', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(declared),
      });
      const created = await jsonOf<CreatedUpload>(answer, 'post');
      await postForm(created.post, path, name);
      return created.upload;
    },
    async follow(id, onChange) {
      const giveUpAt = Date.now() + timeoutMs;
      let etag = '';
      while (Date.now() < giveUpAt) {
        const answer = await call(`/uploads/${id}`, { headers: { 'if-none-match': etag } });
        if (answer.status !== 304) {
          const upload = await jsonOf<ApiUpload>(answer, 'steps');
          onChange(upload);
          if (ENDED.has(upload.state)) return upload;
          etag = answer.headers.get('etag') ?? '';
        }
        await sleep(1000 * Number(answer.headers.get('retry-after') ?? 1));
      }
      throw new Error(`${id} has not ended after ${timeoutMs / 1000} s.`);
    },
    async history(id) {
      const answer = await call(`/uploads/${id}/history`);
      return (await jsonOf<{ readonly history: unknown }>(answer, 'history')).history;
    },
  };
};
