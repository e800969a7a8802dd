/** Objects in S3 keep the promises of their port. */
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { createS3Client } from '../../shared/adapters/aws/clients.ts';
import { createS3ObjectSigner } from '../../shared/adapters/aws/s3-object-signer.ts';
import { createS3ObjectStore } from '../../shared/adapters/aws/s3-object-store.ts';
import type { PresignedPost } from '../../shared/ports/object-signer.ts';
import { describeObjectStore, type ObjectStoreSetup } from '../conformance/object-store.ts';
import { openS3 } from '../support/adapter-endpoints.ts';

const sendForm = async ({ url, fields }: PresignedPost, body: string): Promise<number> => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([body]), 'name.txt');
  const answer = await fetch(url, { method: 'POST', body: form });
  await answer.text();
  return answer.status;
};

const dropBucket = async (client: S3Client, Bucket: string): Promise<void> => {
  for (;;) {
    const listing = await client.send(new ListObjectVersionsCommand({ Bucket }));
    const versions = [...(listing.Versions ?? []), ...(listing.DeleteMarkers ?? [])];
    if (versions.length === 0) break;
    const Objects = versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
};

const setup = async (): Promise<ObjectStoreSetup> => {
  const endpoint = await openS3();
  const client = createS3Client();
  const [uploadsBucket, resultsBucket] = [`uploads-${randomUUID()}`, `results-${randomUUID()}`];
  for (const Bucket of [uploadsBucket, resultsBucket]) {
    await client.send(new CreateBucketCommand({ Bucket }));
  }
  const versioned = {
    Bucket: uploadsBucket,
    VersioningConfiguration: { Status: 'Enabled' },
  } as const;
  await client.send(new PutBucketVersioningCommand(versioned));
  const inUploads = (Key: string) => ({ Bucket: uploadsBucket, Key });
  return {
    store: createS3ObjectStore({ client, uploadsBucket, resultsBucket }),
    signer: createS3ObjectSigner({
      identity: client.config,
      endpoint: process.env.AWS_ENDPOINT_URL_S3,
      uploadsBucket,
      resultsBucket,
    }),
    uploadsBucket,
    async put(key, body) {
      await client.send(new PutObjectCommand({ ...inUploads(key), Body: Buffer.from(body) }));
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand(inUploads(key)));
    },
    async removeVersion(key, VersionId) {
      await client.send(new DeleteObjectCommand({ ...inUploads(key), VersionId }));
    },
    submit: async (form, body) => ((await sendForm(form, body)) < 300 ? 'stored' : 'refused'),
    async readResult(key) {
      const { Body, ContentType } = await client.send(
        new GetObjectCommand({ Bucket: resultsBucket, Key: key }),
      );
      return { body: (await Body?.transformToString()) ?? '', contentType: ContentType ?? '' };
    },
    async close() {
      await dropBucket(client, uploadsBucket);
      await dropBucket(client, resultsBucket);
      client.destroy();
      await endpoint.close();
    },
  };
};

describeObjectStore('S3', setup);

it('serves a presigned download as an attachment, and not after its time or to a changed address', async () => {
  const { store, signer, close } = await setup();
  const key = 'results/upl_x/1/step/a.txt';
  await store.putResult(key, Buffer.from('derived'), 'text/html');
  const terms = { key, fileName: 'größe.txt', contentType: 'text/plain', expiresSeconds: 60 };
  const url = await signer.presignDownload(terms);

  const answer = await fetch(url);

  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe('derived');
  expect(answer.headers.get('content-type')).toBe('text/plain');
  expect(answer.headers.get('content-disposition')).toBe(
    `attachment; filename="gr__e.txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe.txt`,
  );
  expect((await fetch(url.replace('a.txt', 'b.txt'))).status).toBe(403);
  await close();
});

it('E9: refuses a form for another key, of another type, or with a field more', async () => {
  const { store, signer, close } = await setup();
  const terms = { key: 'incoming/dev/a', size: 1, type: 'text/plain', expiresSeconds: 60 };
  const { url, fields } = await signer.presignUpload(terms);

  const changes = [
    { key: 'incoming/other/a' },
    { 'Content-Type': 'text/html' },
    { acl: 'public-read' },
    { 'x-amz-meta-owner': 'me' },
  ];
  for (const change of changes) {
    expect(await sendForm({ url, fields: { ...fields, ...change } }, 'x')).toBe(403);
  }
  expect(await store.latest(terms.key)).toBeUndefined();
  await close();
});
