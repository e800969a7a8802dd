/** Chapter: nobody reads or writes without a valid, fresh signature over what they really sent. */
import { createHash, createHmac } from 'node:crypto';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  connect,
  createBucket,
  expectErrorAnswer,
  expectRefusal,
  type S3Endpoint,
  text,
} from './endpoint.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** Signs a PUT whose body is aws-chunked and signed chunk by chunk; the JavaScript SDK never sends one. */
const signedChunks = (endpoint: S3Endpoint, path: string, chunks: readonly string[]) => {
  const timestamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${timestamp.slice(0, 8)}/${endpoint.region}/s3/aws4_request`;
  const key = scope
    .split('/')
    .reduce<string | Buffer>(hmac, `AWS4${endpoint.credentials.secretAccessKey}`) as Buffer;
  const trailer = `x-amz-checksum-sha256:${createHash('sha256').update(chunks.join('')).digest('base64')}`;
  const headers: Record<string, string> = {
    'content-encoding': 'aws-chunked',
    host: new URL(endpoint.url).host,
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'x-amz-date': timestamp,
    'x-amz-decoded-content-length': String(chunks.join('').length),
    'x-amz-trailer': 'x-amz-checksum-sha256',
  };
  const names = Object.keys(headers);
  const canonical = [
    'PUT',
    path,
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n');
  const sign = (lines: readonly string[]) => hmac(key, lines.join('\n')).toString('hex');
  let previous = sign(['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)]);
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${endpoint.credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${previous}`;
  let body = '';
  for (const chunk of [...chunks, '']) {
    previous = sign([
      'AWS4-HMAC-SHA256-PAYLOAD',
      timestamp,
      scope,
      previous,
      sha256(''),
      sha256(chunk),
    ]);
    body += `${chunk.length.toString(16)};chunk-signature=${previous}\r\n${chunk}`;
    if (chunk !== '') body += '\r\n';
  }
  const trailerSignature = sign([
    'AWS4-HMAC-SHA256-TRAILER',
    timestamp,
    scope,
    previous,
    sha256(`${trailer}\n`),
  ]);
  body += `${trailer}\r\nx-amz-trailer-signature:${trailerSignature}\r\n\r\n`;
  return { headers, body };
};

export const describeSignatures = (open: () => S3Endpoint): void => {
  let endpoint: S3Endpoint;
  let client: S3Client;
  let Bucket: string;
  beforeAll(async () => {
    endpoint = open();
    client = connect(endpoint);
    Bucket = await createBucket(client);
    await client.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'secret' }));
  });

  const get = () => new GetObjectCommand({ Bucket, Key: 'there' });
  const put = (Key: string, more = {}) => new PutObjectCommand({ Bucket, Key, ...more });
  const read = async (Key: string) =>
    await text((await client.send(new GetObjectCommand({ Bucket, Key }))).Body);

  describe('header signatures', () => {
    it('refuses an anonymous request', async () => {
      await expectErrorAnswer(await fetch(`${endpoint.url}/${Bucket}/there`), 403, 'AccessDenied');
      await expectErrorAnswer(await fetch(endpoint.url), 403, 'AccessDenied');
      const written = await fetch(`${endpoint.url}/${Bucket}/x`, { method: 'PUT', body: 'x' });
      await expectErrorAnswer(written, 403, 'AccessDenied');
    });

    it('refuses a wrong secret and an unknown key id', async () => {
      const { accessKeyId, secretAccessKey } = endpoint.credentials;
      const wrong = connect(endpoint, {
        credentials: { accessKeyId, secretAccessKey: `${secretAccessKey}x` },
      });
      const unknown = connect(endpoint, {
        credentials: { accessKeyId: 'AKIDUNKNOWN', secretAccessKey },
      });

      await expectRefusal(wrong.send(get()), 403, 'SignatureDoesNotMatch');
      await expectRefusal(wrong.send(put('x', { Body: 'x' })), 403, 'SignatureDoesNotMatch');
      await expectRefusal(unknown.send(get()), 403, 'InvalidAccessKeyId');
    });

    it('refuses a clock that is more than 15 minutes off, and takes one that is 14 minutes off', async () => {
      const skewed = (minutes: number) =>
        connect(endpoint, { systemClockOffset: minutes * 60_000 }).send(
          new ListObjectsV2Command({ Bucket }),
        );

      await expectRefusal(skewed(-16), 403, 'RequestTimeTooSkewed');
      await expectRefusal(skewed(16), 403, 'RequestTimeTooSkewed');
      await skewed(14);
      await skewed(-14);
    });

    it('refuses another region', async () => {
      const elsewhere = connect(endpoint, { region: 'ap-south-2' });

      await expectRefusal(elsewhere.send(get()), 400, 'AuthorizationHeaderMalformed');
    });

    it('refuses a body other than the one that was signed', async () => {
      const tampering = connect(endpoint, { requestChecksumCalculation: 'WHEN_REQUIRED' });
      tampering.middlewareStack.add(
        (next) => (call) => {
          (call.request as { body: unknown }).body = 'hellO';
          return next(call);
        },
        { step: 'finalizeRequest', priority: 'low' },
      );

      const sent = tampering.send(put('tampered', { Body: 'hello' }));

      await expectRefusal(sent, 400, 'XAmzContentSHA256Mismatch');
      await expectRefusal(read('tampered'), 404, 'NoSuchKey');
    });

    it('refuses a header that was changed or added after signing', async () => {
      const adding = (name: string, value: string) => {
        const tampering = connect(endpoint);
        tampering.middlewareStack.add(
          (next) => (call) => {
            (call.request as { headers: Record<string, string> }).headers[name] = value;
            return next(call);
          },
          { step: 'finalizeRequest', priority: 'low' },
        );
        return tampering.send(put('x', { Body: 'x', ContentType: 'text/plain' }));
      };

      await expectRefusal(adding('content-type', 'text/html'), 403, 'SignatureDoesNotMatch');
      await expectRefusal(adding('x-amz-meta-role', 'admin'), 403, 'AccessDenied');
    });
  });

  describe('signed chunks', () => {
    const send = async (key: string, change: (body: string) => string) => {
      const path = `/${Bucket}/${key}`;
      const { headers, body } = signedChunks(endpoint, path, ['a'.repeat(9000), 'b'.repeat(50)]);
      const { host: _, ...sent } = headers;
      return await fetch(endpoint.url + path, { method: 'PUT', headers: sent, body: change(body) });
    };

    it('are accepted with a valid chain of signatures and a signed trailer', async () => {
      const response = await send('chunked', (body) => body);

      expect(await response.text()).toBe('');
      expect(response.status).toBe(200);
      expect(await read('chunked')).toBe('a'.repeat(9000) + 'b'.repeat(50));
    });

    it('are refused when a byte or the trailer was changed', async () => {
      const byte = await send('bad-byte', (body) => body.replace('bbb', 'bcb'));
      const trailer = await send('bad-trailer', (body) =>
        body.replace(/sha256:..../, 'sha256:AAAA'),
      );

      await expectErrorAnswer(byte, 403, 'SignatureDoesNotMatch');
      await expectErrorAnswer(trailer, 403, 'SignatureDoesNotMatch');
      await expectRefusal(read('bad-byte'), 404, 'NoSuchKey');
    });
  });
};
