/** Erasing is for good: no version, no delete marker, no part and no earlier generation is left, and nothing else is touched. */
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Client } from '../../shared/adapters/aws/clients.ts';
import { createDynamoDeadLetterStore } from '../../shared/adapters/aws/dynamo-dead-letter-store.ts';
import { createDynamoPartsRegister } from '../../shared/adapters/aws/dynamo-parts-register.ts';
import { createDynamoRowEraser } from '../../shared/adapters/aws/dynamo-row-eraser.ts';
import { createDynamoUploadStore } from '../../shared/adapters/aws/dynamo-upload-store.ts';
import { createS3ObjectEraser } from '../../shared/adapters/aws/s3-object-eraser.ts';
import { dueShardOf } from '../../shared/adapters/due-shard.ts';
import { createMemoryDeadLetterStore } from '../../shared/adapters/memory/memory-dead-letter-store.ts';
import { createMemoryPartsRegister } from '../../shared/adapters/memory/memory-parts.ts';
import { createMemoryRowEraser } from '../../shared/adapters/memory/memory-row-eraser.ts';
import { createMemoryUploadStore } from '../../shared/adapters/memory/memory-upload-store.ts';
import { transition } from '../../shared/domain/transition.ts';
import { dueAtOf, type EndedUpload, type Upload } from '../../shared/domain/upload.ts';
import type { DeadLetter, DeadLetterStore } from '../../shared/ports/dead-letter-store.ts';
import type { RowEraser } from '../../shared/ports/eraser.ts';
import type { PartsRegister } from '../../shared/ports/part-store.ts';
import type { UploadStore } from '../../shared/ports/upload-store.ts';
import { type Endpoint, onTable, openS3 } from '../support/adapter-endpoints.ts';
import { cause, ended, MINUTE, T0 } from '../support/factories.ts';
import { describeTwins } from '../support/twins.ts';

describe('objects in S3', () => {
  const [uploadsBucket, resultsBucket] = [`uploads-${randomUUID()}`, `results-${randomUUID()}`];
  let endpoint: Endpoint;
  let client: S3Client;
  beforeAll(async () => {
    endpoint = await openS3();
    client = createS3Client();
    for (const Bucket of [uploadsBucket, resultsBucket]) {
      await client.send(new CreateBucketCommand({ Bucket }));
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    }
  });
  afterAll(async () => {
    client?.destroy();
    await endpoint?.close();
  });

  const eraser = () => createS3ObjectEraser({ client, uploadsBucket, resultsBucket });
  const put = (Bucket: string, Key: string) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const keysIn = async (Bucket: string, Prefix = ''): Promise<readonly string[]> => {
    const listing = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix }));
    const all = [...(listing.Versions ?? []), ...(listing.DeleteMarkers ?? [])];
    return all.map(({ Key = '' }) => Key);
  };

  it('goes with all its versions and delete markers, and no key that only begins like it', async () => {
    const key = 'incoming/acme/upl_1';
    for (const one of [key, key, `${key}0`, `${key}/a`]) await put(uploadsBucket, one);
    await client.send(new DeleteObjectCommand({ Bucket: uploadsBucket, Key: key }));
    await put(uploadsBucket, key);

    await eraser().eraseIncoming(key);
    await eraser().eraseIncoming(key);

    expect((await keysIn(uploadsBucket)).toSorted()).toEqual([`${key}/a`, `${key}0`]);
  });

  it('goes with the parts of what was never completed', async () => {
    const Key = 'incoming/acme/upl_2';
    const begin = { Bucket: uploadsBucket, Key };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(begin));
    await client.send(new UploadPartCommand({ ...begin, UploadId, PartNumber: 1, Body: 'part' }));
    await client.send(new CreateMultipartUploadCommand({ ...begin, Key: `${Key}0` }));

    await eraser().eraseIncoming(Key);

    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: uploadsBucket }),
    );
    expect(Uploads.map((upload) => upload.Key)).toEqual([`${Key}0`]);
  });

  it('that were derived go over more than one page of a listing, and no other upload’s', async () => {
    const names = Array.from({ length: 1_005 }, (_, index) => `results/upl_3/1/step/${index}`);
    for (let start = 0; start < names.length; start += 50) {
      await Promise.all(names.slice(start, start + 50).map((name) => put(resultsBucket, name)));
    }
    await put(resultsBucket, 'results/upl_3/2/manifest.json');
    await put(resultsBucket, 'results/upl_33/1/manifest.json');

    await eraser().eraseResults('upl_3');

    expect(await keysIn(resultsBucket)).toEqual(['results/upl_33/1/manifest.json']);
  }, 60_000);

  it('fails as something that may pass when the storage does not answer', async () => {
    const missing = createS3ObjectEraser({
      client,
      uploadsBucket: `no-${randomUUID()}`,
      resultsBucket,
    });

    await expect(missing.eraseIncoming('incoming/acme/upl_1')).rejects.toMatchObject({
      code: 'storage_unavailable',
      retryable: true,
    });
  });
});

interface Stores {
  readonly store: UploadStore;
  readonly partsRegister: PartsRegister;
  readonly letters: DeadLetterStore;
  readonly eraser: RowEraser;
}

const openDynamo = onTable((table) => ({
  store: createDynamoUploadStore(table),
  partsRegister: createDynamoPartsRegister(table),
  letters: createDynamoDeadLetterStore({ ...table, now: Date.now }),
  eraser: createDynamoRowEraser(table),
}));

const openMemory = async () => {
  const rows = {
    store: createMemoryUploadStore(),
    partsRegister: createMemoryPartsRegister(),
    letters: createMemoryDeadLetterStore(),
  };
  return { ...rows, eraser: createMemoryRowEraser(rows) };
};

describeTwins<Stores>('a tombstone: %s', { memory: openMemory, DynamoDB: openDynamo }, (opened) => {
  const next = (upload: Upload, type: 'deleted' | 'erased', at: number): Upload => {
    const event = type === 'deleted' ? { type } : { type, startedAt: at };
    const result = transition(upload, event, { at, cause: cause() });
    if ('refused' in result) throw new Error(result.refused);
    return result.next;
  };

  const upload = (): EndedUpload => ended('completed', { id: `upl_${randomUUID()}`, rev: 1 });

  const dueIds = async (id: string): Promise<readonly string[]> =>
    (await opened().store.listDue(dueShardOf(id), T0 + 90 * MINUTE, 100)).map((due) => due.id);

  it('is kept as it is, due for the sweep until it is erased, and in no listing', async () => {
    const made = upload();
    const deleted = next(made, 'deleted', T0);
    const emptied = next(deleted, 'erased', T0 + MINUTE);
    const erased = next(emptied, 'erased', T0 + 31 * MINUTE);
    for (const row of [made, deleted]) await opened().store.put(row);

    expect(await opened().store.find(made.id)).toEqual(deleted);
    expect(await dueIds(made.id)).toContain(made.id);
    const { uploads } = await opened().store.listByOwner(made, { limit: 50 });
    expect(uploads.map(({ id }) => id)).not.toContain(made.id);

    await opened().store.put(emptied);
    expect(await opened().store.find(made.id)).toEqual(emptied);
    await opened().store.put(erased);
    expect(await opened().store.find(made.id)).toEqual(erased);
    expect(dueAtOf(erased)).toBeUndefined();
    expect(await dueIds(made.id)).not.toContain(made.id);
  });

  it('outlives its earlier generations', async () => {
    const made = upload();
    const other = upload();
    await opened().store.put(made);
    for (const generation of [1, 2]) await opened().store.archive({ ...made, generation });
    await opened().store.archive({ ...other, generation: 1 });

    await opened().eraser.eraseRows(made.id);
    await opened().eraser.eraseRows(made.id);

    expect(await opened().store.archived(made.id, 9)).toEqual([]);
    expect(await opened().store.archived(other.id, 9)).toHaveLength(1);
    expect(await opened().store.find(made.id)).toEqual(made);
  });

  it('outlives the row of its parts', async () => {
    const [made, other] = [upload(), upload()];
    for (const { id } of [made, other]) await opened().partsRegister.bind(id, `of ${id}`, T0);

    await opened().eraser.eraseRows(made.id);

    expect(await opened().partsRegister.find(made.id)).toBeUndefined();
    expect(await opened().partsRegister.find(other.id)).toBe(`of ${other.id}`);
  });

  it('outlives the dead letters that tell of its file, and only those', async () => {
    const [made, other] = [upload(), upload()];
    const letter = (messageId: string, overrides: Partial<DeadLetter> = {}): DeadLetter => ({
      ...{ messageId, queue: 'light', body: '{}', fingerprint: 'light.crashed', code: 'crashed' },
      ...{ message: 'The worker died.', buriedAt: T0, uploadId: made.id, ...overrides },
    });
    const kept = [
      letter('m-3', { queue: 'notifications' }),
      letter('m-4', { uploadId: other.id }),
      letter('m-5', { uploadId: undefined }),
    ];
    for (const one of [letter('m-1'), letter('m-2', { queue: 'heavy' }), ...kept]) {
      await opened().letters.keep(one);
    }

    await opened().eraser.eraseRows(made.id);
    await opened().eraser.eraseRows(made.id);

    const { letters } = await opened().letters.list(10);
    expect(letters.map(({ messageId }) => messageId)).toEqual(['m-3', 'm-4', 'm-5']);
  });
});
