/** What the laptop S3 promises about its folder, its clients and its queues when things break. */
import { readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketCorsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it, vi } from 'vitest';
import type { Notify } from '../../local/s3/notifications.ts';
import { compareSequencers } from '../../local/s3/store/sequencer.ts';
import {
  connectForPresigning,
  createBucket,
  createVersionedBucket,
  expectRefusal,
  type S3Endpoint,
} from '../conformance/s3-endpoint/endpoint.ts';
import { useLaptopS3 } from './local-s3-fixture.ts';

const laptop = useLaptopS3();
const { put, read, subscribe } = laptop;
let client: S3Client;
let endpoint: S3Endpoint;
const start = async (...options: Parameters<typeof laptop.start>): Promise<void> => {
  ({ client, endpoint } = await laptop.start(...options));
};

const filesOf = async (bucket: string) => ({
  incomplete: await readdir(laptop.path('incomplete')),
  versions: await readdir(laptop.path('buckets', bucket, 'versions')),
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

    await start();

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

    await start();
    const first = await complete();
    await start();
    const second = await complete();

    const uploads = laptop.path('buckets', Bucket, 'uploads');
    expect(await readdir(join(uploads, UploadId ?? ''))).toEqual(['upload.json']);
    expect(second.VersionId).toBe(first.VersionId);
    expect(await read(Bucket, 'k')).toBe('part');
  });

  it('keeps sequencers growing though the clock was set back', async () => {
    const sequencers: string[] = [];
    const notify: Notify = async (_target, event) => {
      if ('Records' in event)
        sequencers.push(...event.Records.map(({ s3 }) => s3.object.sequencer));
    };
    await start(notify);
    const bucket = await createBucket(client);
    await subscribe(bucket);
    await put(bucket, 'k');
    await vi.waitFor(() => expect(sequencers).toHaveLength(1));

    await start(notify, () => Date.now() - 600_000);
    await put(bucket, 'k');

    await vi.waitFor(() => expect(sequencers).toHaveLength(2));
    const [first = '', second = ''] = sequencers;
    expect(compareSequencers(first, second)).toBe(-1);
  });

  it('removes what a crash left half written, and shows none of it', async () => {
    await start();
    const bucket = await createBucket(client);
    await put(bucket, 'k', 'kept');
    await laptop.stop();
    await writeFile(laptop.path('incomplete', 'half'), 'half a body');
    const versions = laptop.path('buckets', bucket, 'versions');
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

describe('a client that stops reading', () => {
  it('ends its own download and nobody else is told', async () => {
    await start();
    const bucket = await createBucket(client);
    await put(bucket, 'k', 'x'.repeat(8 * 1024 ** 2));
    const command = new GetObjectCommand({ Bucket: bucket, Key: 'k' });
    const url = await getSignedUrl(client, command);

    await new Promise<void>((resolve) => {
      request(url, (response) => {
        response.once('data', () => response.destroy());
        response.on('close', resolve);
      }).end();
    });

    const { ContentLength } = await client.send(command);
    expect(ContentLength).toBe(8 * 1024 ** 2);
  });
});
