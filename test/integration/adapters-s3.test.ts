/** Objects in S3 keep the promises of their port. */
import { createHash, randomUUID } from 'node:crypto';
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

const setup = async (): Promise<ObjectStoreSetup & { readonly client: S3Client }> => {
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
    client,
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

it('serves a presigned download as an attachment', async () => {
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
  await close();
});

it('E8: a download is refused after its time, under another address, and as anything but an attachment', async () => {
  const { store, signer, close } = await setup();
  const key = 'results/upl_x/1/step/a.txt';
  for (const other of [key, key.replace('a.txt', 'b.txt')]) {
    await store.putResult(other, Buffer.from('derived'), 'text/html');
  }
  const terms = { key, fileName: 'a.txt', contentType: 'text/plain', expiresSeconds: 1 };
  const url = await signer.presignDownload({ ...terms, expiresSeconds: 60 });
  const short = await signer.presignDownload(terms);
  const without = (name: string) => {
    const bare = new URL(url);
    bare.searchParams.delete(name);
    return bare.href;
  };

  const changed = [
    await fetch(url.replace('a.txt?', 'b.txt?')),
    await fetch(url.replace('Expires=60', 'Expires=600')),
    await fetch(url.replace('text%2Fplain', 'text%2Fhtml')),
    await fetch(url.replace('attachment', 'inline')),
    await fetch(without('response-content-disposition')),
    await fetch(without('response-content-type')),
    await fetch(url, { method: 'DELETE' }),
    await fetch(url, { method: 'PUT', body: 'mine' }),
  ];
  await new Promise((wake) => setTimeout(wake, 2_000));
  const late = await fetch(short);

  expect(changed.map(({ status }) => status)).toEqual(changed.map(() => 403));
  expect(late.status).toBe(403);
  expect(await (await fetch(url)).text()).toBe('derived');
  await close();
});

it('E9: refuses a form for anything but its one object, and nothing is stored for it', async () => {
  const { signer, client, uploadsBucket, close } = await setup();
  const sha256 = createHash('sha256').update('x').digest('hex');
  const terms = { key: 'incoming/dev/a', size: 1, type: 'text/plain', expiresSeconds: 60, sha256 };
  const { url, fields } = await signer.presignUpload(terms);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the variable AWS defines.
  const fileNamed = '${filename}';

  const changes: readonly Readonly<Record<string, string>>[] = [
    { key: 'incoming/other/a' },
    { key: 'incoming/dev/a/b' },
    { key: 'incoming/dev/../other/a' },
    { key: `incoming/dev/${fileNamed}` },
    { key: `incoming/dev/../other/${fileNamed}` },
    { 'Content-Type': 'text/html' },
    { 'x-amz-checksum-sha256': createHash('sha256').update('y').digest('base64') },
    { acl: 'public-read' },
    { success_action_redirect: 'https://evil.example' },
    { redirect: 'https://evil.example' },
    { success_action_status: '201' },
    { 'x-amz-meta-owner': 'me' },
    { 'x-amz-storage-class': 'GLACIER' },
    { 'Cache-Control': 'max-age=9' },
    { 'Content-Disposition': 'inline' },
  ];
  const statuses: number[] = [];
  for (const change of changes) {
    statuses.push(await sendForm({ url, fields: { ...fields, ...change } }, 'x'));
  }
  const { sha256: _, ...undigested } = terms;
  const sized = await signer.presignUpload(undigested);
  const sizes = [await sendForm(sized, 'xx'), await sendForm(sized, '')];
  const otherBytes = await sendForm({ url, fields }, 'y');

  expect(
    Object.fromEntries(changes.map((change, at) => [JSON.stringify(change), statuses[at]])),
  ).toEqual(Object.fromEntries(changes.map((change) => [JSON.stringify(change), 403])));
  expect([...sizes, otherBytes]).toEqual([400, 400, 400]);
  const { Versions = [] } = await client.send(
    new ListObjectVersionsCommand({ Bucket: uploadsBucket }),
  );
  expect(Versions).toEqual([]);
  expect(await sendForm({ url, fields }, 'x')).toBe(204);
  await close();
});
