/** A laptop S3 in a folder of its own for each test, which the test may stop and start. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Notify } from '../../local/s3/notifications.ts';
import { type RunningS3, startS3 } from '../../local/s3/server.ts';
import { connect, type S3Endpoint } from '../conformance/s3-endpoint/endpoint.ts';

const region = 'eu-central-1';
const credentials = { accessKeyId: 'laptop', secretAccessKey: 'laptop-secret' };
const queueArn = `arn:aws:sqs:${region}:000000000000:uploads`;

interface Started {
  readonly running: RunningS3;
  readonly endpoint: S3Endpoint;
  readonly client: S3Client;
}

/** Registers the hooks; every failure inside the server fails the test that caused it. */
export const useLaptopS3 = () => {
  let dir = '';
  let started: Started | undefined;
  const failures: unknown[] = [];

  beforeEach(async () => {
    failures.length = 0;
    dir = await mkdtemp(join(tmpdir(), 'sluice-s3-'));
  });
  afterEach(async () => {
    await started?.running.close();
    await rm(dir, { recursive: true });
    expect(failures).toEqual([]);
  });

  const now = () => {
    if (started === undefined) throw new Error('The test has not started the server.');
    return started;
  };
  return {
    /** Stops the server that runs, if one does, and serves the same folder again. */
    start: async (notify: Notify = async () => undefined, clock = Date.now): Promise<Started> => {
      await started?.running.close();
      const onFailure = (error: unknown) => failures.push(error);
      const options = { port: 0, dir, credentials, region, notify, onFailure, now: clock };
      const running = await startS3(options);
      const endpoint: S3Endpoint = { url: running.url, region, credentials, capabilities: {} };
      started = { running, endpoint, client: connect(endpoint) };
      return started;
    },
    stop: () => now().running.close(),
    path: (...names: string[]) => join(dir, ...names),
    put: (Bucket: string, Key: string, Body = 'x') =>
      now().client.send(new PutObjectCommand({ Bucket, Key, Body })),
    read: async (Bucket: string, Key: string, VersionId?: string) => {
      const get = new GetObjectCommand({ Bucket, Key, VersionId });
      const { Body } = await now().client.send(get);
      return await Body?.transformToString();
    },
    subscribe: (Bucket: string) =>
      now().client.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket,
          NotificationConfiguration: {
            QueueConfigurations: [{ QueueArn: queueArn, Events: ['s3:ObjectCreated:*'] }],
          },
        }),
      ),
  };
};
