/** What the S3 suite needs of an endpoint, and the small tools its chapters share. */
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import type { S3NotificationEvent } from '../../../local/s3/server.ts';

export interface S3Endpoint {
  readonly url: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly capabilities: {
    /** Queues whose arrivals the suite can read; absent where it cannot. */
    readonly queues?: {
      readonly arn: (name: string) => string;
      readonly received: (name: string) => readonly S3NotificationEvent[];
    };
  };
}

export const connect = (endpoint: S3Endpoint, overrides: S3ClientConfig = {}): S3Client =>
  new S3Client({
    endpoint: endpoint.url,
    region: endpoint.region,
    credentials: endpoint.credentials,
    forcePathStyle: true,
    // A refusal is what many tests look for; trying again would only slow them down.
    maxAttempts: 1,
    ...overrides,
  });

/** Like `connect`, for presigning: without the checksum of an empty body the SDK adds by default. */
export const connectForPresigning = (endpoint: S3Endpoint): S3Client =>
  connect(endpoint, { requestChecksumCalculation: 'WHEN_REQUIRED' });

export const createBucket = async (client: S3Client): Promise<string> => {
  const bucket = `sluice-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
};

export const createVersionedBucket = async (client: S3Client): Promise<string> => {
  const bucket = await createBucket(client);
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  return bucket;
};

/** Expects the SDK call to be refused with this status and, unless the answer has no body, this code. */
export const expectRefusal = async (
  call: Promise<unknown>,
  status: number,
  code?: string,
): Promise<Error & Record<string, unknown>> => {
  const error = await call.then(
    () => {
      throw new Error('The call was accepted.');
    },
    (reason: unknown) => reason as Error & Record<string, unknown>,
  );
  expect(error).toMatchObject({ $metadata: { httpStatusCode: status } });
  if (code !== undefined) expect(error.name).toBe(code);
  return error;
};

/** Expects a raw answer to be the AWS error. */
export const expectErrorAnswer = async (
  response: Response,
  status: number,
  code: string,
): Promise<string> => {
  const text = await response.text();
  expect({ status: response.status, code: /<Code>(.*?)<\/Code>/.exec(text)?.[1] }).toEqual({
    status,
    code,
  });
  expect(response.headers.get('x-amz-request-id')).toMatch(/\w+/);
  return text;
};

export const text = async (body: { transformToString(): Promise<string> } | undefined) =>
  await body?.transformToString();
