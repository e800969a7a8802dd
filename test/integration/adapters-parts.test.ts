/** Parts in S3, bound in DynamoDB: signed for exactly their bytes, listed, completed once, dropped. */
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Client } from '../../shared/adapters/aws/clients.ts';
import { createDynamoPartsRegister } from '../../shared/adapters/aws/dynamo-parts-register.ts';
import { createS3PartStore } from '../../shared/adapters/aws/s3-part-store.ts';
import { createMemoryPartsRegister } from '../../shared/adapters/memory/memory-parts.ts';
import type { PartsRegister } from '../../shared/ports/part-store.ts';
import { type Endpoint, onTable, openS3 } from '../support/adapter-endpoints.ts';
import { describeTwins } from '../support/twins.ts';

const MiB = 1024 ** 2;

describe('parts in S3', () => {
  const uploadsBucket = `parts-${randomUUID()}`;
  let endpoint: Endpoint;
  let client: S3Client;
  beforeAll(async () => {
    endpoint = await openS3();
    client = createS3Client();
    await client.send(new CreateBucketCommand({ Bucket: uploadsBucket }));
  });
  afterAll(async () => {
    client?.destroy();
    await endpoint?.close();
  });

  const begin = async () => {
    const store = createS3PartStore({ client, uploadsBucket });
    const key = `incoming/acme/${randomUUID()}`;
    const ref = { key, multipartId: await store.begin(key, 'text/csv') };
    const sign = (partNumber: number, size: number) =>
      store.signPart({ ...ref, partNumber, size, expiresSeconds: 60 });
    return { store, ref, sign };
  };
  const put = async (url: string, bytes: Uint8Array): Promise<number> =>
    (await fetch(url, { method: 'PUT', body: Buffer.from(bytes) })).status;

  it('are put at signed addresses, listed in order, and completed into one object of its type', async () => {
    const { store, ref, sign } = await begin();
    expect(await put(await sign(2, 3), new Uint8Array([7, 8, 9]))).toBe(200);
    expect(await put(await sign(1, 5 * MiB), new Uint8Array(5 * MiB))).toBe(200);

    const parts = await store.listParts(ref);
    const isFirst = await store.completeParts(ref, parts ?? []);

    expect(parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 5 * MiB],
      [2, 3],
    ]);
    expect(isFirst).toBe(true);
    const object = await client.send(new GetObjectCommand({ Bucket: uploadsBucket, Key: ref.key }));
    expect(object).toMatchObject({ ContentLength: 5 * MiB + 3, ContentType: 'text/csv' });
    await object.Body?.transformToByteArray();
    // S3 answers a repetition of a completion for a while as if it was the first.
    await store.completeParts(ref, parts ?? []);
    expect(await store.listParts(ref)).toBeUndefined();
  });

  it('E8: take no other number of bytes than was signed, and no other part', async () => {
    const { store, ref, sign } = await begin();
    const url = await sign(1, 10);

    expect(await put(url, new Uint8Array(11))).toBe(403);
    expect(await put(url, new Uint8Array(9))).toBe(403);
    expect(await put(url.replace('partNumber=1', 'partNumber=2'), new Uint8Array(10))).toBe(403);
    expect(await put(url.replace(ref.key, `${ref.key}0`), new Uint8Array(10))).toBe(403);
    expect(await store.listParts(ref)).toEqual([]);
  });

  it('are gone when they were dropped, however often', async () => {
    const { store, ref, sign } = await begin();
    await put(await sign(1, 1), new Uint8Array(1));

    await store.abortParts(ref);
    await store.abortParts(ref);

    expect(await store.listParts(ref)).toBeUndefined();
    expect(await store.completeParts(ref, [])).toBe(false);
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: uploadsBucket }),
    );
    expect(Uploads.map(({ Key }) => Key)).not.toContain(ref.key);
  });
});

describeTwins<{ readonly register: PartsRegister }>(
  'which parts belong to an upload: %s',
  {
    memory: async () => ({ register: createMemoryPartsRegister() }),
    DynamoDB: onTable((table) => ({ register: createDynamoPartsRegister(table) })),
  },
  (opened) => {
    it('is decided once, by one of many', async () => {
      const id = randomUUID();
      expect(await opened().register.find(id)).toBeUndefined();

      const standing = await Promise.all(
        ['a', 'b', 'c'].map((one) => opened().register.bind(id, one, Date.now())),
      );

      expect(new Set(standing).size).toBe(1);
      expect(await opened().register.find(id)).toBe(standing[0]);
    });

    it('is let go of by its own id only', async () => {
      const id = randomUUID();
      await opened().register.bind(id, 'a', Date.now());

      await opened().register.release(id, 'b');
      expect(await opened().register.find(id)).toBe('a');
      await opened().register.release(id, 'a');
      await opened().register.release(id, 'a');
      expect(await opened().register.find(id)).toBeUndefined();
      expect(await opened().register.bind(id, 'c', Date.now())).toBe('c');
    });
  },
);
