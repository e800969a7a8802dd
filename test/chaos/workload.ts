/** The users: clients of the API that follow their uploads, and other tools that put and overwrite objects in the bucket. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Slots } from '../../local/lambda/slots.ts';
import {
  createSeededRandom,
  type SeededRandom,
} from '../../shared/adapters/memory/seeded-random.ts';
import { idOfObject } from '../../shared/adapters/object-id.ts';
import { type ChaosFile, makeFile } from './files.ts';
import type { Journal } from './journal.ts';

export interface Api {
  readonly httpUrl: string;
  readonly token: string;
}

export interface WorkloadTerms {
  readonly uploads: number;
  /** The uploads begin evenly over this time. */
  readonly seconds: number;
  readonly seed: number;
}

export interface Users {
  readonly api: Api;
  readonly s3: S3Client;
  readonly uploadsBucket: string;
  readonly random: SeededRandom;
  readonly journal: Journal;
  /** For requests to the API. Each one at the same time costs `serverless offline` a thread, and two cores carry few. */
  readonly lines: Slots;
  /** Aborted when everybody may go home. */
  readonly over: AbortSignal;
}

const TENANT = 'dev';
const POLL_MS = 1_000;
/** How often somebody looks again at something that has ended. */
const REVISIT_MS = 200;
/** S3 tells the time of an object in whole seconds. */
const BETWEEN_OVERWRITES_MS = 1_500;
/** One of so many comes through the bucket, or is announced and never sent. */
const ONE_IN_BUCKET = 4;
const ONE_ABANDONED = 40;
const ONE_DEADLY = 40;

/** Requests at one time, and threads of a function that are warm before anything is measured. */
export const LINES = 4;

interface Answer {
  readonly state?: string;
  readonly rev?: number;
  readonly generation?: number;
}

const ask = async (users: Users, path: string, init: RequestInit = {}) => {
  const { api, lines } = users;
  const release = await lines.acquire(new AbortController().signal);
  const startedAt = performance.now();
  try {
    const answer = await fetch(`${api.httpUrl}${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${api.token}` },
    });
    const text = await answer.text();
    const ms = performance.now() - startedAt;
    const now = Date.now();
    return { answer, text, ms, stalled: users.journal.stalls.during(now - ms, now) };
  } finally {
    release();
  }
};

/** One poll as a browser makes it: with the ETag of what it has seen. */
export const poll = async (users: Users, uploadId: string): Promise<Answer> => {
  const { journal } = users;
  const seen = journal.seenRev(uploadId);
  const headers: Record<string, string> = seen === 0 ? {} : { 'if-none-match': `"${seen}"` };
  const { answer, text, ms, stalled } = await ask(users, `/uploads/${uploadId}`, { headers });
  const body: Answer = answer.status === 200 ? JSON.parse(text) : {};
  journal.polled({
    uploadId,
    status: answer.status,
    ms,
    stalled,
    source: answer.headers.get('x-status-source'),
    rev: body.rev,
    generation: body.generation,
    state: body.state,
  });
  return body;
};

/** Has each function of the API load its code: a cold start says nothing about a poll. */
export const warmUp = async (users: Users): Promise<void> => {
  const atOnce = Array.from({ length: LINES }, () => ask(users, '/uploads/upl_none'));
  await Promise.all([...atOnce, ask(users, '/uploads', { method: 'POST', body: '{}' })]);
};

const follow = async (users: Users, uploadId: string): Promise<void> => {
  while (!users.over.aborted && !users.journal.hasEnded(uploadId)) {
    await poll(users, uploadId);
    await sleep(POLL_MS);
  }
};

interface Created {
  readonly upload: { readonly id: string };
  readonly post: { readonly url: string; readonly fields: Readonly<Record<string, string>> };
}

/** Asks again when the service could not answer, as `Retry-After` says. */
const announce = async (users: Users, file: ChaosFile): Promise<Created> => {
  const { name, bytes, sha256 } = file;
  const { answer, text, stalled } = await ask(users, '/uploads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, size: bytes.length, sha256 }),
  });
  if (answer.status === 201) return JSON.parse(text) as Created;
  if (!stalled || answer.status !== 503) {
    users.journal.violate(`POST /uploads was answered ${answer.status}: ${text}`);
  }
  users.journal.announcementFailed();
  if (users.over.aborted) throw new Error(`Still ${answer.status} at the end.`);
  await sleep(1000 * Number(answer.headers.get('retry-after') ?? 2));
  return announce(users, file);
};

const useApi = async (users: Users, file: ChaosFile, random: SeededRandom): Promise<void> => {
  const { journal } = users;
  const isAbandoned = random.below(ONE_ABANDONED) === 0;
  const isDeadly = random.below(ONE_DEADLY) === 0;
  const { upload, post } = await announce(users, file);
  const uploadId = upload.id;
  const ends = isAbandoned ? 'expired' : file.ends;
  const sha256 = isAbandoned ? undefined : file.sha256;
  journal.expected.set(uploadId, { uploadId, origin: 'api', sha256, ends });
  if (isDeadly) journal.curse(uploadId);
  if (!isAbandoned) {
    const form = new FormData();
    for (const [field, value] of Object.entries(post.fields)) form.append(field, value);
    form.append('file', new Blob([Uint8Array.from(file.bytes)]), file.name);
    const answer = await fetch(post.url, { method: 'POST', body: form });
    if (!answer.ok) journal.violate(`S3 refused ${uploadId}: ${await answer.text()}`);
  }
  await follow(users, uploadId);
};

/** Puts an object up to three times under one key; whoever polls may see each version, and the last one stays. */
const useBucket = async (users: Users, id: string, random: SeededRandom): Promise<void> => {
  const { s3, uploadsBucket: Bucket, journal } = users;
  const Key = `incoming/${TENANT}/${id} +ü.dat`;
  const uploadId = idOfObject(Bucket, Key);
  const versions = 1 + random.below(3);
  for (let version = 1; version <= versions; version += 1) {
    const file = await makeFile(random, `${id}-${version}`);
    const { ends, sha256 } = file;
    journal.expected.set(uploadId, { uploadId, origin: 'bucket', sha256, ends });
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: file.bytes }));
    if (version < versions) await sleep(BETWEEN_OVERWRITES_MS + random.below(2_000));
  }
  await follow(users, uploadId);
};

const revisit = async (users: Users): Promise<void> => {
  const { journal, random, over } = users;
  while (!over.aborted) {
    const ended = [...journal.expected.keys()].filter((id) => journal.hasEnded(id));
    const one = ended[random.below(ended.length)];
    if (one !== undefined) await poll(users, one);
    await sleep(REVISIT_MS);
  }
};

/** Resolves when every upload has begun; `all` resolves when every client has seen its end or went home. */
export const runWorkload = async (users: Users, { uploads, seconds, seed }: WorkloadTerms) => {
  const running: Promise<void>[] = [];
  const add = (name: string, use: Promise<void>): void => {
    const failed = (error: unknown) =>
      users.journal.violate(`${name}: the client failed: ${error}`);
    running.push(use.catch(failed));
  };
  add('revisit', revisit(users));
  for (let n = 0; n < uploads && !users.over.aborted; n += 1) {
    const id = `f${n}`;
    // Its own randomness, so that the seed alone decides what is uploaded, however fast the machine is.
    const random = createSeededRandom(seed * 100_003 + n);
    if (random.below(ONE_IN_BUCKET) === 0) add(id, useBucket(users, id, random));
    else {
      const file = await makeFile(random, id);
      add(id, useApi(users, file, random));
    }
    await sleep((1000 * seconds) / uploads);
  }
  return { all: Promise.all(running) };
};
