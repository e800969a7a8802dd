/** Signed without a client of S3's, and the same as what that client signs. */
import { S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createS3ObjectSigner } from '../../../shared/adapters/aws/s3-object-signer.ts';

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-28T23:23:08.123Z') }));
afterEach(() => void vi.useRealTimers());

const LASTING = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret' };
/** As a function's role has them. */
const PASSING = { ...LASTING, sessionToken: 'a token+/=' };

const clientIn = (region: string, credentials: typeof LASTING, endpoint?: string) =>
  new S3Client({ region, credentials, ...(endpoint === undefined ? {} : { endpoint }) });

const terms = {
  key: 'incoming/dev/upl_x',
  size: 7,
  type: 'text/plain; charset="utf-8"',
  sha256: 'ab'.repeat(32),
  expiresSeconds: 900,
};

it.each([
  ['eu-central-1', LASTING, undefined],
  ['us-east-1', PASSING, undefined],
  ['cn-north-1', PASSING, undefined],
  ['us-gov-west-1', LASTING, undefined],
  ['eu-central-1', LASTING, 'http://127.0.0.1:4566'],
])('signs the form of an upload in %s as the SDK does', async (region, credentials, endpoint) => {
  const client = clientIn(region, credentials, endpoint);
  const signer = createS3ObjectSigner({
    identity: client.config,
    endpoint,
    uploadsBucket: 'uploads',
  });

  const form = await signer.presignUpload(terms);

  const theirs = await createPresignedPost(client, {
    Bucket: 'uploads',
    Key: terms.key,
    Fields: {
      'Content-Type': terms.type,
      'x-amz-checksum-sha256': Buffer.from(terms.sha256, 'hex').toString('base64'),
    },
    Conditions: [['content-length-range', terms.size, terms.size]],
    Expires: terms.expiresSeconds,
  });
  expect(form).toEqual(theirs);
});

it('keeps to the bucket that a function was given', async () => {
  const signer = createS3ObjectSigner({
    identity: clientIn('eu-central-1', LASTING).config,
    uploadsBucket: 'uploads',
  });

  await expect(
    signer.presignDownload({
      key: 'a',
      fileName: 'a',
      contentType: 'text/plain',
      expiresSeconds: 1,
    }),
  ).rejects.toThrow('not given the bucket');
});

it('signs a download whose key and name hold whatever an address has signs of its own for', async () => {
  const { config } = clientIn('eu-central-1', PASSING);
  const signer = createS3ObjectSigner({ identity: config, resultsBucket: 'results' });

  const url = new URL(
    await signer.presignDownload({
      key: 'results/upl_x/1/step/a b+c&d.txt',
      fileName: 'a & b+c.txt',
      contentType: 'text/plain',
      expiresSeconds: 60,
    }),
  );

  expect(url.host).toBe('results.s3.eu-central-1.amazonaws.com');
  expect(url.pathname).toBe('/results/upl_x/1/step/a%20b%2Bc%26d.txt');
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    'X-Amz-Expires': '60',
    'X-Amz-Security-Token': PASSING.sessionToken,
    'X-Amz-SignedHeaders': 'host',
    'response-content-disposition': expect.stringContaining('a & b+c.txt'),
    'response-content-type': 'text/plain',
  });
});
