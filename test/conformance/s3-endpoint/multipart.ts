/** Chapter: multipart uploads. */
import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { beforeAll, expect, it } from 'vitest';
import {
  connect,
  connectForPresigning,
  createVersionedBucket,
  expectRefusal,
  type S3Endpoint,
} from './endpoint.ts';

/** The AWS minimum of every part but the last. */
const FIVE_MIB = 5 * 1024 ** 2;
const large = Buffer.alloc(FIVE_MIB, 'large');
const small = Buffer.from('and a tail');
const digest = (algorithm: string, bytes: Uint8Array) =>
  createHash(algorithm).update(bytes).digest();

export const describeMultipart = (open: () => S3Endpoint): void => {
  let client: S3Client;
  let Bucket: string;
  beforeAll(async () => {
    client = connect(open());
    Bucket = await createVersionedBucket(client);
  });

  const create = async (Key: string, more = {}) => {
    const created = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/plain', ...more }),
    );
    return { Bucket, Key, UploadId: created.UploadId ?? '' };
  };
  type Upload = Awaited<ReturnType<typeof create>>;
  const upload = async (
    to: Upload,
    PartNumber: number,
    Body: Uint8Array,
    more = {},
  ): Promise<CompletedPart> => {
    const part = await client.send(new UploadPartCommand({ ...to, PartNumber, Body, ...more }));
    const { ETag, ChecksumSHA256, ChecksumCRC32 } = part;
    return {
      PartNumber,
      ETag,
      ...(ChecksumSHA256 && { ChecksumSHA256 }),
      ...(ChecksumCRC32 && { ChecksumCRC32 }),
    };
  };
  const complete = (to: Upload, Parts: CompletedPart[], more = {}) =>
    client.send(new CompleteMultipartUploadCommand({ ...to, MultipartUpload: { Parts }, ...more }));

  it('joins the parts and answers the etag of etags', async () => {
    const to = await create('joined', { Metadata: { colour: 'blue' } });
    const parts = [await upload(to, 1, large), await upload(to, 3, small)];

    const completed = await complete(to, parts);
    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'joined' }));

    const etags = Buffer.concat([digest('md5', large), digest('md5', small)]);
    expect(completed.ETag).toBe(`"${digest('md5', etags).toString('hex')}-2"`);
    expect(completed.Location).toContain(`/${Bucket}/joined`);
    expect(completed.VersionId).toBeTruthy();
    expect(found).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { colour: 'blue' },
      ContentLength: large.length + small.length,
    });
    const bytes = Buffer.from((await found.Body?.transformToByteArray()) ?? []);
    expect(bytes.equals(Buffer.concat([large, small]))).toBe(true);
  });

  it('shows nothing before completion', async () => {
    const to = await create('hidden');
    await upload(to, 1, small);

    const head = client.send(new HeadObjectCommand({ Bucket, Key: 'hidden' }));

    await expectRefusal(head, 404);
  });

  it('gives the same answer to the same completion again, and makes no second version', async () => {
    const to = await create('again');
    const parts = [await upload(to, 1, small)];

    const first = await complete(to, parts);
    const second = await complete(to, parts);

    expect(second.ETag).toBe(first.ETag);
    expect(second.VersionId).toBe(first.VersionId);
  });

  it('lets two simultaneous completions make one version', async () => {
    const to = await create('twice');
    const parts = [await upload(to, 1, small)];

    const [first, second] = await Promise.all([complete(to, parts), complete(to, parts)]);

    expect(first.VersionId).toBe(second.VersionId);
  });

  it('refuses a small part before the last', async () => {
    const to = await create('small');
    const parts = [await upload(to, 1, small), await upload(to, 2, small)];

    await expectRefusal(complete(to, parts), 400, 'EntityTooSmall');
  });

  it('refuses a list with unknown, changed, unordered or no parts', async () => {
    const to = await create('invalid');
    const one = await upload(to, 1, large);
    const two = await upload(to, 2, small);

    await expectRefusal(complete(to, [one, { ...two, PartNumber: 3 }]), 400, 'InvalidPart');
    await expectRefusal(complete(to, [one, { ...two, ETag: one.ETag }]), 400, 'InvalidPart');
    await expectRefusal(complete(to, [two, one]), 400, 'InvalidPartOrder');
    await expectRefusal(complete(to, []), 400, 'MalformedXML');
    await complete(to, [one, two]);
  });

  it('replaces a part that is sent again', async () => {
    const to = await create('replaced');
    const old = await upload(to, 1, Buffer.from('old'));
    const parts = [await upload(to, 1, Buffer.from('new'))];

    await expectRefusal(complete(to, [old]), 400, 'InvalidPart');
    await complete(to, parts);

    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'replaced' }));
    expect(await found.Body?.transformToString()).toBe('new');
  });

  it('verifies each part and keeps a composite SHA-256', async () => {
    const to = await create('composite', { ChecksumAlgorithm: 'SHA256' });
    const more = { ChecksumAlgorithm: 'SHA256' };
    const bad = { ChecksumSHA256: digest('sha256', large).toString('base64') };
    await expectRefusal(upload(to, 1, small, bad), 400, 'BadDigest');
    const parts = [await upload(to, 1, large, more), await upload(to, 2, small, more)];
    const withoutChecksum = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));

    await expectRefusal(complete(to, withoutChecksum), 400, 'InvalidRequest');
    await complete(to, parts);

    const composite = digest(
      'sha256',
      Buffer.concat([large, small].map((b) => digest('sha256', b))),
    );
    const head = await client.send(
      new HeadObjectCommand({ Bucket, Key: 'composite', ChecksumMode: 'ENABLED' }),
    );
    expect(head.ChecksumSHA256).toBe(`${composite.toString('base64')}-2`);
    expect(head.ChecksumType).toBe('COMPOSITE');
  });

  it('computes a full-object CRC32 and holds a claimed one to it', async () => {
    const whole = await client.send(
      new PutObjectCommand({ Bucket, Key: 'whole', Body: Buffer.concat([large, small]) }),
    );
    const checksum = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const to = await create('full', checksum);
    const more = { ChecksumAlgorithm: 'CRC32' };
    const parts = [await upload(to, 1, large, more), await upload(to, 2, small, more)];
    const claim = (ChecksumCRC32: string | undefined) =>
      complete(to, parts, { ChecksumCRC32, ChecksumType: 'FULL_OBJECT' });

    await expectRefusal(claim('AAAAAA=='), 400, 'BadDigest');
    const completed = await claim(whole.ChecksumCRC32);

    expect(completed.ChecksumCRC32).toBe(whole.ChecksumCRC32);
  });

  it('lists parts and open uploads by page', async () => {
    const to = await create('listed/b');
    const other = await create('listed/a');
    for (const number of [1, 2, 7]) await upload(to, number, small);
    const list = (more = {}) => client.send(new ListPartsCommand({ ...to, MaxParts: 2, ...more }));
    const uploads = (more = {}) =>
      client.send(
        new ListMultipartUploadsCommand({ Bucket, Prefix: 'listed/', MaxUploads: 1, ...more }),
      );

    const first = await list();
    const second = await list({ PartNumberMarker: first.NextPartNumberMarker });
    const open1 = await uploads();
    const open2 = await uploads({
      KeyMarker: open1.NextKeyMarker,
      UploadIdMarker: open1.NextUploadIdMarker,
    });

    expect(first.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([1, 2]);
    expect(first.IsTruncated).toBe(true);
    expect(second.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([7]);
    expect(second.Parts?.[0]?.Size).toBe(small.length);
    expect(open1.Uploads?.map(({ UploadId }) => UploadId)).toEqual([other.UploadId]);
    expect(open2.Uploads?.map(({ UploadId }) => UploadId)).toEqual([to.UploadId]);
    expect(open2.IsTruncated).toBe(false);
  });

  it('forgets an aborted upload', async () => {
    const to = await create('aborted');
    const part = await upload(to, 1, small);

    await client.send(new AbortMultipartUploadCommand(to));

    await expectRefusal(upload(to, 2, small), 404, 'NoSuchUpload');
    await expectRefusal(complete(to, [part]), 404, 'NoSuchUpload');
    await expectRefusal(client.send(new ListPartsCommand(to)), 404, 'NoSuchUpload');
    await expectRefusal(client.send(new AbortMultipartUploadCommand(to)), 404, 'NoSuchUpload');
  });

  it('takes parts by presigned URL and by copy', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: large }));
    const to = await create('mixed');
    const url = await getSignedUrl(
      connectForPresigning(open()),
      new UploadPartCommand({ ...to, PartNumber: 2 }),
    );
    const CopySource = `${Bucket}/source`;

    const copied = await client.send(
      new UploadPartCopyCommand({ ...to, PartNumber: 1, CopySource }),
    );
    const ranged = new UploadPartCopyCommand({
      ...to,
      PartNumber: 3,
      CopySource,
      CopySourceRange: 'bytes=0-4',
    });
    const tail = await client.send(ranged);
    const put = await fetch(url, { method: 'PUT', body: large });
    await complete(to, [
      { PartNumber: 1, ETag: copied.CopyPartResult?.ETag },
      { PartNumber: 2, ETag: put.headers.get('etag') ?? '' },
      { PartNumber: 3, ETag: tail.CopyPartResult?.ETag },
    ]);

    const found = await client.send(
      new GetObjectCommand({ Bucket, Key: 'mixed', Range: `bytes=${2 * FIVE_MIB}-` }),
    );
    expect(found.ContentRange).toBe(
      `bytes ${2 * FIVE_MIB}-${2 * FIVE_MIB + 4}/${2 * FIVE_MIB + 5}`,
    );
    expect(await found.Body?.transformToString()).toBe('large');
  });

  it('holds completion to If-None-Match', async () => {
    const to = await create('conditional');
    const parts = [await upload(to, 1, small)];
    await client.send(new PutObjectCommand({ Bucket, Key: 'conditional', Body: 'first' }));

    const refused = complete(to, parts, { IfNoneMatch: '*' });

    await expectRefusal(refused, 412, 'PreconditionFailed');
  });

  it('refuses part numbers outside 1 to 10,000', async () => {
    const to = await create('numbers');

    await expectRefusal(upload(to, 0, small), 400, 'InvalidArgument');
    await expectRefusal(upload(to, 10_001, small), 400, 'InvalidArgument');
  });
};
