/** Chapter: a browser form does what its policy allows and nothing else. */
import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  connect,
  createBucket,
  expectErrorAnswer,
  expectRefusal,
  type S3Endpoint,
  text,
} from './endpoint.ts';

const digest = createHash('sha256').update('hello').digest('base64');

export const describePostPolicies = (open: () => S3Endpoint): void => {
  let client: S3Client;
  let Bucket: string;
  beforeAll(async () => {
    client = connect(open());
    Bucket = await createBucket(client);
  });

  const read = async (Key: string) =>
    await text((await client.send(new GetObjectCommand({ Bucket, Key }))).Body);

  interface Form {
    readonly options?: Partial<PresignedPostOptions>;
    readonly change?: Record<string, string | undefined>;
    readonly file?: string | Uint8Array<ArrayBuffer>;
    readonly fileName?: string;
  }

  /** A policy as create-upload writes it, sent with `change` applied to the signed fields. */
  const post = async ({ options, change = {}, file = 'hello', fileName = 'f.txt' }: Form = {}) => {
    const presigned = await createPresignedPost(client, {
      Bucket,
      Key: 'incoming/one',
      Expires: 60,
      Conditions: [['content-length-range', 5, 5]],
      Fields: { 'Content-Type': 'text/plain', 'x-amz-checksum-sha256': digest },
      ...options,
    });
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...presigned.fields, ...change })) {
      if (value !== undefined) form.append(name, value);
    }
    form.append('file', new Blob([file]), fileName);
    return await fetch(presigned.url, { method: 'POST', body: form, redirect: 'manual' });
  };

  describe('an allowed form', () => {
    it('stores the file with its type and checksum, and answers 204', async () => {
      const response = await post();

      expect(response.status).toBe(204);
      expect(response.headers.get('etag')).toBe('"5d41402abc4b2a76b9719d911017c592"');
      expect(response.headers.get('location')).toContain(`/${Bucket}/incoming/one`);
      expect(await read('incoming/one')).toBe('hello');
      const head = new HeadObjectCommand({
        Bucket,
        Key: 'incoming/one',
        ChecksumMode: 'ENABLED',
      });
      expect(await client.send(head)).toMatchObject({
        ContentType: 'text/plain',
        ChecksumSHA256: digest,
      });
    });

    it.each([
      ['200', 200],
      ['201', 201],
      ['204', 204],
      ['999', 204],
    ])('answers success_action_status %s with %i', async (success_action_status, status) => {
      const response = await post({ options: { Fields: { success_action_status } } });

      expect(response.status).toBe(status);
      const answer = await response.text();
      if (status === 201) expect(answer).toContain('<Key>incoming/one</Key>');
      else expect(answer).toBe('');
    });

    it('redirects where the policy says', async () => {
      const response = await post({
        options: { Fields: { success_action_redirect: 'https://example.org/done?x=1' } },
      });

      expect(response.status).toBe(303);
      const location = response.headers.get('location') ?? '';
      expect(location).toMatch(/^https:\/\/example\.org\/done\?x=1&bucket=.*&key=incoming%2Fone/);
    });

    it('expands the file name in the key before it checks the prefix', async () => {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the variable AWS defines.
      const options = { Key: 'incoming/${filename}', Fields: {} };

      expect((await post({ options, fileName: 'brief ü.txt' })).status).toBe(204);
      expect(await read('incoming/brief ü.txt')).toBe('hello');
    });

    it('E9: takes of a file name that is a path only its last part, so it leaves no prefix', async () => {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the variable AWS defines.
      const options = { Key: 'incoming/tenant/${filename}', Fields: {} };
      const names = ['../other/a', '/etc/b', String.raw`..\..\other\c`, 'other/../../d'];

      for (const fileName of names) expect((await post({ options, fileName })).status).toBe(204);
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      const keys = Contents.map(({ Key }) => Key).filter((key) => /\W[a-d]$/.test(key ?? ''));
      expect(keys).toEqual(['a', 'b', 'c', 'd'].map((last) => `incoming/tenant/${last}`));
    });

    it('keeps user metadata that a condition covers', async () => {
      const options = { Fields: { 'x-amz-meta-colour': 'blue' } };

      expect((await post({ options })).status).toBe(204);
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'incoming/one' }));
      expect(head.Metadata).toEqual({ colour: 'blue' });
    });

    it('streams a file of some megabytes', async () => {
      const file = new Uint8Array(7 * 1024 ** 2).fill(7);

      const response = await post({
        file,
        options: { Key: 'incoming/big', Fields: {}, Conditions: [] },
      });

      expect(response.status).toBe(204);
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'incoming/big' }));
      expect(head.ContentLength).toBe(file.length);
    });
  });

  describe('a refused form', () => {
    const denied = async (form: Form, message: string) => {
      const answer = await expectErrorAnswer(await post(form), 403, 'AccessDenied');
      expect(answer).toContain(message);
    };

    it('E9: is too large or too small', async () => {
      const large = await expectErrorAnswer(await post({ file: 'hello!' }), 400, 'EntityTooLarge');
      expect(large).toContain('<MaxSizeAllowed>5</MaxSizeAllowed>');
      await expectErrorAnswer(await post({ file: 'hell' }), 400, 'EntityTooSmall');
    });

    it('E9: is far too large, and nothing of it stays', async () => {
      const file = new Uint8Array(9 * 1024 ** 2);
      const options = { Key: 'incoming/far' };

      await expectErrorAnswer(await post({ file, options }), 400, 'EntityTooLarge');
      await expectRefusal(read('incoming/far'), 404, 'NoSuchKey');
    });

    it('has other bytes than its checksum', async () => {
      const options = { Key: 'incoming/other' };

      await expectErrorAnswer(await post({ file: 'hellO', options }), 400, 'BadDigest');
      await expectRefusal(read('incoming/other'), 404, 'NoSuchKey');
    });

    it('E9: names another key, type or checksum', async () => {
      const failed = 'Policy Condition failed';
      await denied({ change: { key: 'incoming/two' } }, failed);
      await denied({ change: { 'Content-Type': 'text/html' } }, failed);
      await denied({ change: { 'Content-Type': undefined } }, failed);
      await denied({ change: { 'x-amz-checksum-sha256': undefined } }, failed);
    });

    it('E9: leaves the prefix', async () => {
      const Conditions: PresignedPostOptions['Conditions'] = [
        ['starts-with', '$key', 'incoming/tenant/'],
      ];

      await denied({ options: { Key: 'elsewhere/x', Conditions } }, 'Policy Condition failed');
    });

    it('E9: has a field the policy does not name, unless that is marked to be ignored', async () => {
      await denied({ change: { 'x-amz-meta-role': 'admin' } }, 'Extra input fields');
      await denied({ change: { acl: 'public-read' } }, 'Extra input fields');
      await denied({ change: { success_action_redirect: 'https://evil' } }, 'Extra input fields');
      expect((await post({ change: { 'x-ignore-me': '1' } })).status).toBe(204);
    });

    it('E9: has an expired policy', async () => {
      await denied({ options: { Expires: -1 } }, 'Policy expired');
    });

    it('E9: has a changed policy, a wrong signature, or none', async () => {
      const policy = Buffer.from(
        JSON.stringify({ expiration: '2999-01-01T00:00:00Z', conditions: [] }),
      ).toString('base64');

      const changed = await post({ change: { Policy: policy } });
      const wrong = await post({ change: { 'X-Amz-Signature': '0'.repeat(64) } });
      const unsigned = await post({ change: { 'X-Amz-Signature': undefined } });
      const anonymous = await post({ change: { Policy: undefined } });

      await expectErrorAnswer(changed, 403, 'SignatureDoesNotMatch');
      await expectErrorAnswer(wrong, 403, 'SignatureDoesNotMatch');
      await expectErrorAnswer(unsigned, 403, 'AccessDenied');
      await expectErrorAnswer(anonymous, 403, 'AccessDenied');
    });

    it('E9: was signed for another bucket', async () => {
      const other = await createBucket(client);
      const { url, fields } = await createPresignedPost(client, { Bucket, Key: 'k' });
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append('file', new Blob(['x']));

      const response = await fetch(url.replace(Bucket, other), { method: 'POST', body: form });

      await expectErrorAnswer(response, 403, 'AccessDenied');
    });

    it('has no file, or its fields after the file', async () => {
      const { url, fields } = await createPresignedPost(client, { Bucket, Key: 'k' });
      const empty = new FormData();
      const reversed = new FormData();
      reversed.append('file', new Blob(['x']));
      for (const [name, value] of Object.entries(fields)) {
        empty.append(name, value);
        reversed.append(name, value);
      }
      const send = (body: FormData) => fetch(url, { method: 'POST', body });

      await expectErrorAnswer(await send(empty), 400, 'InvalidArgument');
      await expectErrorAnswer(await send(reversed), 403, 'AccessDenied');
    });
  });
};
