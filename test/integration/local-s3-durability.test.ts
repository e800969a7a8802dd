/** What the laptop S3 promises about its folder, its clients and its queues when things break. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketCorsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketCorsCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Notify } from '../../local/s3/notifications.ts';
import { type RunningS3, type S3NotificationEvent, startS3 } from '../../local/s3/server.ts';
import {
  connect,
  connectForPresigning,
  createBucket,
  createVersionedBucket,
  expectRefusal,
  type S3Endpoint,
} from '../conformance/s3-endpoint/endpoint.ts';

const region = 'eu-central-1';
const credentials = { accessKeyId: 'laptop', secretAccessKey: 'laptop-secret' };
const queueArn = `arn:aws:sqs:${region}:000000000000:uploads`;
const acceptAll: Notify = async () => undefined;

let dir: string;
let running: RunningS3;
let client: S3Client;
let endpoint: S3Endpoint;
const failures: unknown[] = [];

const start = async (notify = acceptAll): Promise<void> => {
  const onFailure = (error: unknown) => failures.push(error);
  running = await startS3({ port: 0, dir, credentials, region, notify, onFailure });
  endpoint = { url: running.url, region, credentials, capabilities: {} };
  client = connect(endpoint);
};

const restart = async (notify = acceptAll): Promise<void> => {
  await running.close();
  await start(notify);
};

beforeEach(async () => {
  failures.length = 0;
  dir = await mkdtemp(join(tmpdir(), 'sluice-s3-'));
});

afterEach(async () => {
  await running.close();
  await rm(dir, { recursive: true });
  expect(failures).toEqual([]);
});

const subscribe = (Bucket: string) =>
  client.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: {
        QueueConfigurations: [{ QueueArn: queueArn, Events: ['s3:ObjectCreated:*'] }],
      },
    }),
  );

const put = (Bucket: string, Key: string, Body = 'x') =>
  client.send(new PutObjectCommand({ Bucket, Key, Body }));

const read = async (Bucket: string, Key: string, VersionId?: string) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return await Body?.transformToString();
};

const filesOf = async (bucket: string) => ({
  incomplete: await readdir(join(dir, 'incomplete')),
  versions: await readdir(join(dir, 'buckets', bucket, 'versions')),
});

describe('a restart', () => {
  it('serves versions, markers and configuration again', async () => {
    await start();
    const bucket = await createVersionedBucket(client);
    const CORSRules = [{ AllowedOrigins: ['*'], AllowedMethods: ['GET'] }];
    const cors = { Bucket: bucket, CORSConfiguration: { CORSRules } };
    await client.send(new PutBucketCorsCommand(cors));
    const { VersionId } = await put(bucket, 'k', 'one');
    await put(bucket, 'k', 'two');
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }));
    const list = () => client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    const before = await list();

    await restart();

    const after = await list();
    expect(after.Versions).toEqual(before.Versions);
    expect(after.DeleteMarkers).toEqual(before.DeleteMarkers);
    expect(await read(bucket, 'k', VersionId)).toBe('one');
    const kept = await client.send(new GetBucketCorsCommand({ Bucket: bucket }));
    expect(kept.CORSRules).toMatchObject(CORSRules);
  });

  it('lets a multipart upload go on, and answers its completion again', async () => {
    await start();
    const Bucket = await createVersionedBucket(client);
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    const to = { Bucket, Key: 'k', UploadId };
    const { ETag } = await client.send(
      new UploadPartCommand({ ...to, PartNumber: 1, Body: 'part' }),
    );
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const complete = () =>
      client.send(new CompleteMultipartUploadCommand({ ...to, MultipartUpload }));

    await restart();
    const first = await complete();
    await restart();
    const second = await complete();

    expect(second.VersionId).toBe(first.VersionId);
    expect(await read(Bucket, 'k')).toBe('part');
  });

  it('removes what a crash left half written, and shows none of it', async () => {
    await start();
    const bucket = await createBucket(client);
    await put(bucket, 'k', 'kept');
    await running.close();
    await writeFile(join(dir, 'incomplete', 'half'), 'half a body');
    const versions = join(dir, 'buckets', bucket, 'versions');
    await writeFile(join(versions, 'FFFFFFFFFFFF.body'), 'bytes without a version');

    await start();

    expect((await filesOf(bucket)).incomplete).toEqual([]);
    expect((await filesOf(bucket)).versions).toHaveLength(2);
    expect(await read(bucket, 'k')).toBe('kept');
  });
});

describe('a client that leaves in the middle', () => {
  /** Sends some of the announced bytes, then cuts the line. */
  const sendHalf = (url: string, headers: Record<string, string>, part: string, method: string) =>
    new Promise<void>((resolve) => {
      const outgoing = request(url, { method, headers });
      outgoing.on('error', () => undefined);
      outgoing.on('close', () => resolve());
      outgoing.write(part, () => setTimeout(() => outgoing.destroy(), 50));
    });

  const nothingStays = async (bucket: string) => {
    await vi.waitFor(async () => {
      expect(await filesOf(bucket)).toEqual({ incomplete: [], versions: [] });
    });
    await expectRefusal(read(bucket, 'k'), 404, 'NoSuchKey');
    await put(bucket, 'next', 'the server lives');
    expect(await read(bucket, 'next')).toBe('the server lives');
  };

  it('leaves nothing of a PUT', async () => {
    await start();
    const bucket = await createBucket(client);
    const command = new PutObjectCommand({ Bucket: bucket, Key: 'k' });
    const url = await getSignedUrl(connectForPresigning(endpoint), command);

    await sendHalf(url, { 'content-length': '1000000' }, 'x'.repeat(200_000), 'PUT');

    await nothingStays(bucket);
  });

  it('leaves nothing of a form', async () => {
    await start();
    const bucket = await createBucket(client);
    const { url, fields } = await createPresignedPost(client, { Bucket: bucket, Key: 'k' });
    const part = (name: string, value: string) =>
      `--limit\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}`;
    const form = [...Object.entries(fields), ['file"; filename="f', 'x'.repeat(200_000)] as const]
      .map(([name, value]) => part(name, value))
      .join('\r\n');
    const headers = {
      'content-type': 'multipart/form-data; boundary=limit',
      'content-length': '1000000',
    };

    await sendHalf(url, headers, form, 'POST');

    await nothingStays(bucket);
  });

  it('leaves nothing of a form that ends without its last boundary', async () => {
    await start();
    const bucket = await createBucket(client);
    const { url, fields } = await createPresignedPost(client, { Bucket: bucket, Key: 'k' });
    const parts = [...Object.entries(fields), ['file"; filename="f', 'cut short'] as const];
    const body = parts
      .map(
        ([name, value]) =>
          `--limit\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      )
      .join('');

    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=limit' },
      body,
    });

    expect(response.status).toBe(400);
    await nothingStays(bucket);
  });
});

describe('delivery to queues', () => {
  it('goes on until the queue takes the event, and keeps nobody waiting', async () => {
    const taken: S3NotificationEvent[] = [];
    let refusals = 0;
    let down = false;
    await start(async (_target, event) => {
      if (down) {
        refusals += 1;
        throw new Error('The queue is away.');
      }
      taken.push(event);
    });
    const bucket = await createBucket(client);
    await subscribe(bucket);
    down = true;

    await put(bucket, 'k');
    await vi.waitFor(() => expect(refusals).toBeGreaterThan(1));
    expect(taken).toHaveLength(1);
    down = false;

    await vi.waitFor(() => expect(taken).toHaveLength(2), { timeout: 5_000 });
    expect(taken[1]).toMatchObject({ Records: [{ s3: { object: { key: 'k' } } }] });
  });

  it('delivers every one of many events once when all goes well', async () => {
    const keys: string[] = [];
    await start(async (_target, event) => {
      await sleep(1);
      if ('Records' in event) keys.push(...event.Records.map(({ s3 }) => s3.object.key));
    });
    const bucket = await createBucket(client);
    await subscribe(bucket);
    const expected = Array.from({ length: 100 }, (_, at) => `k${at}`);

    await Promise.all(expected.map((key) => put(bucket, key)));

    await vi.waitFor(() => expect(keys).toHaveLength(100));
    expect(keys.toSorted()).toEqual(expected.toSorted());
  });

  it('ends with the server, which says how many events were not delivered', async () => {
    let down = false;
    await start(async () => {
      if (down) throw new Error('The queue is away.');
    });
    const bucket = await createBucket(client);
    await subscribe(bucket);
    down = true;
    await put(bucket, 'a');
    await put(bucket, 'b');

    const undelivered = await running.close();

    expect(undelivered).toBe(2);
    await start();
  });
});
