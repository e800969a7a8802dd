/** Chapter: buckets, their configuration, and browsers from other origins. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  connect,
  connectForPresigning,
  createBucket,
  createVersionedBucket,
  expectErrorAnswer,
  expectRefusal,
  type S3Endpoint,
} from './endpoint.ts';

export const describeBuckets = (open: () => S3Endpoint): void => {
  let client: S3Client;
  beforeAll(() => {
    client = connect(open());
  });

  describe('a bucket', () => {
    it('is created, listed, found and deleted', async () => {
      const Bucket = await createBucket(client);
      const names = async () =>
        (await client.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name);

      expect(await names()).toContain(Bucket);
      await client.send(new HeadBucketCommand({ Bucket }));
      await client.send(new DeleteBucketCommand({ Bucket }));

      expect(await names()).not.toContain(Bucket);
      await expectRefusal(client.send(new HeadBucketCommand({ Bucket })), 404);
      const again = client.send(new DeleteBucketCommand({ Bucket }));
      await expectRefusal(again, 404, 'NoSuchBucket');
    });

    it('has a valid name and one owner', async () => {
      const create = (Bucket: string) => client.send(new CreateBucketCommand({ Bucket }));
      const Bucket = await createBucket(client);

      await expectRefusal(create('Not_Valid'), 400, 'InvalidBucketName');
      // For reasons of history, us-east-1 alone lets an owner create a bucket again.
      if (open().region === 'us-east-1') await create(Bucket);
      else await expectRefusal(create(Bucket), 409, 'BucketAlreadyOwnedByYou');
    });

    it('is not deleted while a version or a marker is left', async () => {
      const Bucket = await createVersionedBucket(client);
      const Key = 'k';
      const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
      const marker = await client.send(new DeleteObjectCommand({ Bucket, Key }));
      const deleteBucket = () => client.send(new DeleteBucketCommand({ Bucket }));

      await expectRefusal(deleteBucket(), 409, 'BucketNotEmpty');
      await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
      await expectRefusal(deleteBucket(), 409, 'BucketNotEmpty');
      await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId: marker.VersionId }));
      await deleteBucket();
    });

    it('remembers its versioning', async () => {
      const Bucket = await createBucket(client);
      const status = async () =>
        (await client.send(new GetBucketVersioningCommand({ Bucket }))).Status;
      const VersioningConfiguration = { Status: 'Suspended' } as const;

      expect(await status()).toBeUndefined();
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      expect(await status()).toBe('Suspended');
    });

    it('keeps its public access block, lifecycle and encryption', async () => {
      const Bucket = await createBucket(client);
      const PublicAccessBlockConfiguration = { BlockPublicAcls: true, BlockPublicPolicy: true };
      const Rules = [
        { ID: 'old', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 7 } } as const,
      ];
      const byDefault = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } } as const;
      const ServerSideEncryptionConfiguration = { Rules: [byDefault] };
      const lifecycle = { Bucket, LifecycleConfiguration: { Rules } };
      const encryption = { Bucket, ServerSideEncryptionConfiguration };

      await client.send(
        new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }),
      );
      await client.send(new PutBucketLifecycleConfigurationCommand(lifecycle));
      await client.send(new PutBucketEncryptionCommand(encryption));

      const kept = [
        await client.send(new GetPublicAccessBlockCommand({ Bucket })),
        await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
        await client.send(new GetBucketEncryptionCommand({ Bucket })),
      ];
      expect(kept).toMatchObject([
        { PublicAccessBlockConfiguration },
        { Rules },
        { ServerSideEncryptionConfiguration },
      ]);
    });

    it('starts without CORS and notification configuration', async () => {
      const Bucket = await createBucket(client);

      const cors = client.send(new GetBucketCorsCommand({ Bucket }));
      await expectRefusal(cors, 404, 'NoSuchCORSConfiguration');
      const { QueueConfigurations } = await client.send(
        new GetBucketNotificationConfigurationCommand({ Bucket }),
      );
      expect(QueueConfigurations).toBeUndefined();
    });
  });

  describe('cross-origin requests', () => {
    let Bucket: string;
    let url: string;
    beforeAll(async () => {
      Bucket = await createBucket(client);
      url = `${open().url}/${Bucket}`;
      const CORSRules = [
        {
          AllowedOrigins: ['https://*.example.org'],
          AllowedMethods: ['POST', 'GET', 'PUT'],
          AllowedHeaders: ['content-*', 'x-amz-meta-a'],
          ExposeHeaders: ['ETag', 'x-amz-version-id'],
          MaxAgeSeconds: 300,
        },
        { AllowedOrigins: ['*'], AllowedMethods: ['HEAD'] },
      ];
      await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    });
    const origin = 'https://app.example.org';
    const preflight = (method: string, from = origin, headers = '') =>
      fetch(`${url}/k`, {
        method: 'OPTIONS',
        headers: {
          origin: from,
          'access-control-request-method': method,
          ...(headers && { 'access-control-request-headers': headers }),
        },
      });

    it('are allowed by a preflight that a rule matches', async () => {
      const response = await preflight('PUT', origin, 'Content-Type, X-Amz-Meta-A');

      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'POST, GET, PUT',
        'access-control-allow-headers': 'content-type, x-amz-meta-a',
        'access-control-expose-headers': 'ETag, x-amz-version-id',
        'access-control-max-age': '300',
        'access-control-allow-credentials': 'true',
      });
      expect(response.headers.get('vary')).toContain('Origin');
    });

    it('are refused for another origin, method or header', async () => {
      const refused = [
        await preflight('PUT', 'https://example.com'),
        await preflight('PUT', 'https://app.example.org.evil.com'),
        await preflight('DELETE'),
        await preflight('PUT', origin, 'content-type, x-secret'),
      ];

      for (const response of refused) {
        await expectErrorAnswer(response, 403, 'AccessForbidden');
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
      }
    });

    it('are refused by a bucket without rules, and without an origin', async () => {
      const other = await createBucket(client);
      const headers = { origin, 'access-control-request-method': 'GET' };

      const noRules = await fetch(`${open().url}/${other}/k`, { method: 'OPTIONS', headers });
      const noOrigin = await fetch(`${url}/k`, { method: 'OPTIONS' });

      await expectErrorAnswer(noRules, 403, 'AccessForbidden');
      await expectErrorAnswer(noOrigin, 400, 'BadRequest');
    });

    it('carry the headers on the answer itself, also on an error', async () => {
      const presigning = connectForPresigning(open());
      const putUrl = await getSignedUrl(presigning, new PutObjectCommand({ Bucket, Key: 'k' }));
      const send = (from: string) =>
        fetch(putUrl, { method: 'PUT', body: 'x', headers: { origin: from } });

      const allowed = await send(origin);
      const foreign = await send('https://example.com');
      const refused = await fetch(`${url}/k`, { headers: { origin } });

      expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
      expect(allowed.headers.get('access-control-expose-headers')).toContain('ETag');
      expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
      expect(refused.status).toBe(403);
      expect(refused.headers.get('access-control-allow-origin')).toBe(origin);
    });

    it('are refused a configuration with an unknown method', async () => {
      const CORSRules = [{ AllowedOrigins: ['*'], AllowedMethods: ['PATCH'] }];
      const put = new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } });

      await expectRefusal(client.send(put), 400, 'InvalidRequest');
    });
  });
};
