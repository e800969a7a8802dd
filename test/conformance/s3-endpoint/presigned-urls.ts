/** Chapter: a presigned URL allows exactly what was signed, for as long as was signed. */
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import {
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { beforeAll, expect, it } from 'vitest';
import {
  connect,
  connectForPresigning,
  createBucket,
  expectErrorAnswer,
  expectRefusal,
  type S3Endpoint,
  text,
} from './endpoint.ts';

export const describePresignedUrls = (open: () => S3Endpoint): void => {
  let client: S3Client;
  let presigning: S3Client;
  let Bucket: string;
  beforeAll(async () => {
    client = connect(open());
    presigning = connectForPresigning(open());
    Bucket = await createBucket(client);
    await client.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'secret' }));
  });

  const get = () => new GetObjectCommand({ Bucket, Key: 'there' });
  const put = (Key: string, more = {}) => new PutObjectCommand({ Bucket, Key, ...more });
  const read = async (Key: string) =>
    await text((await client.send(new GetObjectCommand({ Bucket, Key }))).Body);

  it('read and write without credentials', async () => {
    const putUrl = await getSignedUrl(presigning, put('by-url'), { expiresIn: 60 });
    const written = await fetch(putUrl, { method: 'PUT', body: 'through a URL' });
    const getUrl = await getSignedUrl(
      presigning,
      new GetObjectCommand({
        Bucket,
        Key: 'by-url',
        ResponseContentDisposition: 'attachment; filename="ü.txt"',
      }),
    );
    const response = await fetch(getUrl);

    expect(written.status).toBe(200);
    expect(await response.text()).toBe('through a URL');
    expect(response.headers.get('content-disposition')).toContain('attachment');
  });

  it('E8: are refused when any part was tampered with', async () => {
    const url = await getSignedUrl(presigning, get(), { expiresIn: 60 });
    const changed = (from: RegExp | string, to: string) => fetch(url.replace(from, to));

    for (const response of [
      await changed('/there', '/elsewhere'),
      await changed('X-Amz-Expires=60', 'X-Amz-Expires=61'),
      await changed(/Signature=..../, 'Signature=0000'),
      await changed(/$/, '&versionId=null'),
      await fetch(url, { method: 'PUT', body: 'x' }),
    ]) {
      await expectErrorAnswer(response, 403, 'SignatureDoesNotMatch');
    }
  });

  it('E8: are refused after their time, before it, and for more than a week', async () => {
    const minutes = (count: number) => new Date(Date.now() + count * 60_000);
    const at = async (signingDate: Date, expiresIn: number) =>
      await fetch(await getSignedUrl(presigning, get(), { signingDate, expiresIn }));

    await expectErrorAnswer(await at(minutes(-2), 60), 403, 'AccessDenied');
    await expectErrorAnswer(await at(minutes(30), 60), 403, 'AccessDenied');
    expect((await at(minutes(-2), 180)).status).toBe(200);
    const url = await getSignedUrl(presigning, get(), { expiresIn: 60 });
    const longer = await fetch(url.replace('Expires=60', 'Expires=604801'));
    await expectErrorAnswer(longer, 400, 'AuthorizationQueryParametersError');
  });

  it('E8: bind type, length and checksum when those are signed', async () => {
    const bytes = 'exactly this';
    const digest = createHash('sha256').update(bytes).digest('base64');
    const command = put('bound', {
      ContentType: 'text/plain',
      ContentLength: bytes.length,
      ChecksumSHA256: digest,
    });
    const url = await getSignedUrl(presigning, command, {
      signableHeaders: new Set(['content-type', 'content-length']),
    });
    const send = (body: string, type = 'text/plain') =>
      fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });

    await expectErrorAnswer(await send(`${bytes}!`), 403, 'SignatureDoesNotMatch');
    await expectErrorAnswer(await send(bytes, 'text/html'), 403, 'SignatureDoesNotMatch');
    await expectErrorAnswer(await send('exactly thiS'), 400, 'BadDigest');
    expect((await send(bytes)).status).toBe(200);
    expect(await read('bound')).toBe(bytes);
  });

  it('E8: bind a checksum sent as a signed header', async () => {
    const digest = createHash('sha256').update('right').digest('base64');
    const url = await getSignedUrl(presigning, put('hashed', { ChecksumSHA256: digest }), {
      unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
    });
    const send = (body: string, checksum: string) =>
      fetch(url, { method: 'PUT', body, headers: { 'x-amz-checksum-sha256': checksum } });

    await expectErrorAnswer(await send('wrong', digest), 400, 'BadDigest');
    const other = createHash('sha256').update('wrong').digest('base64');
    await expectErrorAnswer(await send('wrong', other), 403, 'SignatureDoesNotMatch');
    expect((await send('right', digest)).status).toBe(200);
  });

  it('E8: refuse an x-amz header that was not signed', async () => {
    const url = await getSignedUrl(presigning, put('extra'));

    const response = await fetch(url, {
      method: 'PUT',
      body: 'x',
      headers: { 'x-amz-meta-role': 'admin' },
    });

    const answer = await expectErrorAnswer(response, 403, 'AccessDenied');
    expect(answer).toContain('<HeadersNotSigned>x-amz-meta-role</HeadersNotSigned>');
  });

  it('carry the checksum of an empty body by default, and so refuse real content', async () => {
    const putUrl = await getSignedUrl(client, put('trap'));

    expect(putUrl).toContain('x-amz-checksum-crc32=AAAAAA');
    const response = await fetch(putUrl, { method: 'PUT', body: 'real content' });
    await expectErrorAnswer(response, 400, 'BadDigest');
    await expectRefusal(read('trap'), 404, 'NoSuchKey');
  });

  it('are refused for a part of an upload that does not exist', async () => {
    const part = new UploadPartCommand({ Bucket, Key: 'x', PartNumber: 1, UploadId: 'none' });

    const response = await fetch(await getSignedUrl(presigning, part), {
      method: 'PUT',
      body: 'x',
    });

    await expectErrorAnswer(response, 404, 'NoSuchUpload');
  });

  it('refuse a body of unknown length, and one of more than 5 GiB before it is sent', async () => {
    const url = await getSignedUrl(presigning, put('endless'));
    const announce = (header: Record<string, string>) =>
      new Promise<{ status: number | undefined; code: string | undefined }>((resolve, reject) => {
        const outgoing = request(url, { method: 'PUT', headers: header }, async (incoming) => {
          const answer = (await incoming.toArray()).join('');
          resolve({ status: incoming.statusCode, code: /<Code>(.*?)</.exec(answer)?.[1] });
          outgoing.destroy();
        });
        outgoing.on('error', reject);
        outgoing.write('some bytes');
      });

    const unknown = await announce({ 'transfer-encoding': 'chunked' });
    const large = await announce({ 'content-length': String(5 * 1024 ** 3 + 1) });

    expect(unknown).toEqual({ status: 411, code: 'MissingContentLength' });
    expect(large).toEqual({ status: 400, code: 'EntityTooLarge' });
  });
};
