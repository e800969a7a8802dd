/** What the stories of the pipeline share: a client of the API, one of each queue and bucket, and patience. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { openLocalFile } from '../../../client/local-file.ts';
import { createSluice, type Sluice } from '../../../client/sluice.ts';
import type { Upload } from '../../../client/types.ts';
import { STORY_MS, stack } from '../front-door/client.ts';

let sluice: Sluice;
let scratch: string;
let s3: S3Client;
let sqs: SQSClient;

/** After the stack has started. */
export const openClients = async (): Promise<void> => {
  scratch = await mkdtemp(join(tmpdir(), 'sluice-acceptance-'));
  const { credentials, region, endpoints, httpUrl: url, token: session } = stack();
  sluice = createSluice({ url, session });
  s3 = new S3Client({ credentials, region, endpoint: endpoints.s3, forcePathStyle: true });
  sqs = new SQSClient({ credentials, region, endpoint: endpoints.sqs });
};

export const closeClients = async (): Promise<void> => {
  s3?.destroy();
  sqs?.destroy();
  if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
};

/** Only inside a test: before that there are none. */
export const clients = () => ({ sluice, s3, sqs });

export const variable = (functionKey: string, name: string): string =>
  stack().model.environments[functionKey]?.[name] ?? '';

export const call = (path: string, init: RequestInit = {}) =>
  fetch(`${stack().httpUrl}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${stack().token}`, ...init.headers },
  });

export const create = (body: unknown) =>
  call('/uploads', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

export interface Form {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The answer's body; each test then says itself what must be in it. */
export const jsonOf = async <T>(answer: Promise<Response>): Promise<T> =>
  (await (await answer).json()) as T;

const writeFileNamed = async (name: string, bytes: Uint8Array | string): Promise<string> => {
  const path = join(scratch, name);
  await writeFile(path, bytes);
  return path;
};

export const processed = async (name: string, bytes: Uint8Array | string): Promise<Upload> => {
  const { file, ...declaration } = await openLocalFile(await writeFileNamed(name, bytes));
  const { id } = await sluice.upload(file, declaration);
  return sluice.follow(id, { signal: AbortSignal.timeout(STORY_MS) });
};

export const stepOf = (upload: Upload, name: string) =>
  upload.steps.find((step) => step.name === name);

export const sha256 = (bytes: Uint8Array | string) =>
  createHash('sha256').update(bytes).digest('hex');

/** Asks until the answer fits. */
const eventually = async <T>(ask: () => Promise<T | undefined>): Promise<T> => {
  const giveUpAt = Date.now() + STORY_MS;
  while (Date.now() < giveUpAt) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(100);
  }
  throw new Error('It did not come to that.');
};

/** Nobody was told the id of an object that another tool dropped: its results have it in their keys. */
export const idOfDropped = (): Promise<string> =>
  eventually(async () => {
    const Bucket = variable('finalize', 'RESULTS_BUCKET');
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: 'results/obj_' }),
    );
    return Contents[0]?.Key?.split('/')[1];
  });

export const ended = (id: string, generation: number): Promise<Upload> =>
  eventually(async () => {
    const answer = await call(`/uploads/${id}`);
    if (!answer.ok) return undefined;
    const upload = (await answer.json()) as Upload;
    return upload.generation === generation && upload.progress === 100 ? upload : undefined;
  });
