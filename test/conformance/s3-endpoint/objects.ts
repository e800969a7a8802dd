/** Chapter: objects are written whole and verified, and read back as asked. */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { connect, createBucket, expectRefusal, type S3Endpoint, text } from './endpoint.ts';

const base64 = (algorithm: string, bytes: string | Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('base64');

export const describeObjects = (open: () => S3Endpoint): void => {
  let client: S3Client;
  let Bucket: string;
  beforeAll(async () => {
    client = connect(open());
    Bucket = await createBucket(client);
  });

  const put = (Key: string, Body: string | Uint8Array, more = {}) =>
    client.send(
      new PutObjectCommand({ Bucket, Key, Body, ContentLength: Buffer.byteLength(Body), ...more }),
    );
  const read = async (Key: string, more = {}) =>
    await text((await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body);

  describe('put and get', () => {
    it('gives back bytes, type, length, etag and user metadata', async () => {
      const Metadata = { colour: 'grün', __proto__name: 'x' };

      const written = await put('a/b.txt', 'hello', {
        ContentType: 'text/plain',
        CacheControl: 'no-store',
        Metadata: { tone: 'blue', ...Metadata, colour: 'green' },
      });
      const found = await client.send(new GetObjectCommand({ Bucket, Key: 'a/b.txt' }));

      expect(written.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
      expect(found).toMatchObject({
        ContentType: 'text/plain',
        ContentLength: 5,
        CacheControl: 'no-store',
        ETag: written.ETag,
        Metadata: { tone: 'blue', colour: 'green', __proto__name: 'x' },
      });
      expect(await text(found.Body)).toBe('hello');
      expect(found.LastModified).toBeInstanceOf(Date);
    });

    it.each([
      'plain',
      'with space + plus.txt',
      'ünïcödé/日本語/🎈.txt',
      'quotes\'"(1)!*~.txt',
      'a//b/../c/./d',
      '100%25.txt',
      'line\nbreak&<tag>.txt',
      '%E0%A4%A',
    ])('keeps the key %j as it is', async (key) => {
      await put(key, key);

      expect(await read(key)).toBe(key);
    });

    it('keeps an empty object', async () => {
      await put('empty', '');

      const found = await client.send(new GetObjectCommand({ Bucket, Key: 'empty' }));
      expect(found.ContentLength).toBe(0);
      expect(await text(found.Body)).toBe('');
    });

    it('unwraps a streamed body that carries its checksum in the trailer', async () => {
      const bytes = randomBytes(3 * 1024 ** 2 + 17);
      const Body = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]);

      const written = await client.send(
        new PutObjectCommand({
          Bucket,
          Key: 'streamed',
          Body,
          ContentLength: bytes.length,
          ChecksumAlgorithm: 'SHA256',
        }),
      );
      const found = await client.send(new GetObjectCommand({ Bucket, Key: 'streamed' }));

      expect(written.ChecksumSHA256).toBe(base64('sha256', bytes));
      expect(found.ContentEncoding).toBeUndefined();
      const received = Buffer.from((await found.Body?.transformToByteArray()) ?? []);
      expect(received.equals(bytes)).toBe(true);
    });

    it('answers NoSuchKey and NoSuchBucket', async () => {
      await expectRefusal(read('nowhere'), 404, 'NoSuchKey');
      const elsewhere = new GetObjectCommand({ Bucket: 'sluice-not-there', Key: 'x' });
      await expectRefusal(client.send(elsewhere), 404, 'NoSuchBucket');
      await expectRefusal(client.send(new HeadObjectCommand({ Bucket, Key: 'nowhere' })), 404);
    });

    it('refuses a key of more than 1,024 bytes and metadata of more than 2 KB', async () => {
      await expectRefusal(put('k'.repeat(1025), ''), 400, 'KeyTooLongError');
      const Metadata = { long: 'x'.repeat(2048) };
      await expectRefusal(put('metadata', '', { Metadata }), 400, 'MetadataTooLarge');
    });
  });

  describe('checksums', () => {
    it.each([
      ['SHA256', 'ChecksumSHA256', base64('sha256', 'hello')],
      ['SHA1', 'ChecksumSHA1', base64('sha1', 'hello')],
      ['CRC32', 'ChecksumCRC32', 'NhCmhg=='],
      ['CRC32C', 'ChecksumCRC32C', 'mnG7TA=='],
    ])('verifies, keeps and returns %s', async (algorithm, field, value) => {
      const key = `checksum-${algorithm}`;

      await put(key, 'hello', { [field]: value });

      const head = new HeadObjectCommand({ Bucket, Key: key, ChecksumMode: 'ENABLED' });
      expect(await client.send(head)).toMatchObject({
        [field]: value,
        ChecksumType: 'FULL_OBJECT',
      });
      await expectRefusal(put(`${key}-bad`, 'hellO', { [field]: value }), 400, 'BadDigest');
      await expectRefusal(read(`${key}-bad`), 404, 'NoSuchKey');
    });

    it('adds the CRC32 the SDK computes by default', async () => {
      await put('default-checksum', 'hello');

      const head = { Bucket, Key: 'default-checksum' };
      const plain = await client.send(new HeadObjectCommand(head));
      const asked = await client.send(new HeadObjectCommand({ ...head, ChecksumMode: 'ENABLED' }));
      expect(plain.ChecksumCRC32).toBeUndefined();
      expect(asked.ChecksumCRC32).toBe('NhCmhg==');
    });

    it('verifies Content-MD5', async () => {
      await put('md5', 'hello', { ContentMD5: base64('md5', 'hello') });

      await expectRefusal(put('md5', 'x', { ContentMD5: base64('md5', 'y') }), 400, 'BadDigest');
      await expectRefusal(put('md5', 'x', { ContentMD5: 'bm90' }), 400, 'InvalidDigest');
      expect(await read('md5')).toBe('hello');
    });
  });

  describe('conditional writes', () => {
    it('writes with If-None-Match * only where nothing is', async () => {
      await put('once', 'first', { IfNoneMatch: '*' });

      await expectRefusal(put('once', 'second', { IfNoneMatch: '*' }), 412, 'PreconditionFailed');
      expect(await read('once')).toBe('first');
    });

    it('lets exactly one of many simultaneous If-None-Match writers through', async () => {
      const attempts = Array.from({ length: 12 }, (_, at) =>
        put('race', `writer ${at}`, { IfNoneMatch: '*' }).then(
          () => 'written',
          (error: Error) => error.name,
        ),
      );

      const answers = (await Promise.all(attempts)).sort();
      expect(answers.filter((answer) => answer === 'written')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'PreconditionFailed')).toHaveLength(11);
    });

    it('replaces with If-Match only what the writer has seen', async () => {
      const { ETag } = await put('seen', 'one');
      await put('seen', 'two', { IfMatch: ETag });

      await expectRefusal(put('seen', 'three', { IfMatch: ETag }), 412, 'PreconditionFailed');
      await expectRefusal(put('unseen', 'x', { IfMatch: ETag }), 404, 'NoSuchKey');
      expect(await read('seen')).toBe('two');
    });
  });

  describe('reads', () => {
    beforeAll(async () => {
      await put('ten', '0123456789', { ContentType: 'text/plain' });
      await put('nothing', '');
    });

    it.each([
      ['bytes=0-3', '0123', 'bytes 0-3/10'],
      ['bytes=4-', '456789', 'bytes 4-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=-99', '0123456789', 'bytes 0-9/10'],
      ['bytes=8-99', '89', 'bytes 8-9/10'],
    ])('answers the range %s', async (Range, expected, contentRange) => {
      const found = await client.send(new GetObjectCommand({ Bucket, Key: 'ten', Range }));

      expect(found.$metadata.httpStatusCode).toBe(206);
      expect(found.ContentRange).toBe(contentRange);
      expect(await text(found.Body)).toBe(expected);
    });

    it('refuses a range outside the object', async () => {
      await expectRefusal(read('ten', { Range: 'bytes=10-' }), 416, 'InvalidRange');
      await expectRefusal(read('nothing', { Range: 'bytes=0-0' }), 416, 'InvalidRange');
    });

    it.each(['bytes=5-2', 'lines=1-2', 'bytes=0-1,4-5'])('ignores the range %s', async (Range) => {
      expect(await read('ten', { Range })).toBe('0123456789');
    });

    it('answers conditions with 304 and 412', async () => {
      const { ETag } = await client.send(new HeadObjectCommand({ Bucket, Key: 'ten' }));
      const future = new Date(Date.now() + 60_000);

      expect(await read('ten', { IfMatch: ETag })).toBe('0123456789');
      await expectRefusal(read('ten', { IfMatch: '"other"' }), 412, 'PreconditionFailed');
      await expectRefusal(read('ten', { IfNoneMatch: ETag }), 304);
      await expectRefusal(read('ten', { IfModifiedSince: future }), 304);
      await expectRefusal(read('ten', { IfUnmodifiedSince: new Date(0) }), 412);
      expect(await read('ten', { IfNoneMatch: '"other"' })).toBe('0123456789');
    });

    it('overrides response headers when the request is signed', async () => {
      const found = await client.send(
        new GetObjectCommand({
          Bucket,
          Key: 'ten',
          ResponseContentType: 'application/pdf',
          ResponseContentDisposition: 'attachment; filename="ten.pdf"',
          ResponseCacheControl: 'no-cache',
        }),
      );

      expect(found).toMatchObject({
        ContentType: 'application/pdf',
        ContentDisposition: 'attachment; filename="ten.pdf"',
        CacheControl: 'no-cache',
      });
    });
  });

  describe('copy and delete', () => {
    it('copies bytes and metadata, or replaces the metadata', async () => {
      const source = 'from me +1.txt';
      await put(source, 'copied', { ContentType: 'text/plain', Metadata: { a: '1' } });
      const CopySource = encodeURIComponent(`${Bucket}/${source}`).replaceAll('%2F', '/');

      const copied = await client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource }));
      await client.send(
        new CopyObjectCommand({
          Bucket,
          Key: 'to-replaced',
          CopySource,
          MetadataDirective: 'REPLACE',
          ContentType: 'text/html',
          Metadata: { b: '2' },
        }),
      );

      expect(copied.CopyObjectResult?.ETag).toMatch(/^"[0-9a-f]{32}"$/);
      expect(await read('to')).toBe('copied');
      expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'to' }))).toMatchObject({
        ContentType: 'text/plain',
        Metadata: { a: '1' },
      });
      const replaced = await client.send(new HeadObjectCommand({ Bucket, Key: 'to-replaced' }));
      expect(replaced).toMatchObject({ ContentType: 'text/html', Metadata: { b: '2' } });
    });

    it('refuses to copy an object onto itself unchanged, and what is not there', async () => {
      await put('same', 'x');
      const copy = (source: string) =>
        client.send(
          new CopyObjectCommand({ Bucket, Key: 'same', CopySource: `${Bucket}/${source}` }),
        );

      await expectRefusal(copy('same'), 400, 'InvalidRequest');
      await expectRefusal(copy('absent'), 404, 'NoSuchKey');
    });

    it('deletes one and many, and calls an absent key deleted too', async () => {
      for (const key of ['d1', 'd2', 'd & 3']) await put(key, 'x');

      await client.send(new DeleteObjectCommand({ Bucket, Key: 'd1' }));
      const many = await client.send(
        new DeleteObjectsCommand({
          Bucket,
          Delete: { Objects: [{ Key: 'd2' }, { Key: 'd & 3' }, { Key: 'never' }] },
        }),
      );

      expect(many.Deleted?.map(({ Key }) => Key)).toEqual(['d2', 'd & 3', 'never']);
      for (const key of ['d1', 'd2', 'd & 3']) await expectRefusal(read(key), 404, 'NoSuchKey');
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'd1' }));
    });
  });
};
