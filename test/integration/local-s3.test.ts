/** The laptop S3 passes the S3 suite; so must any endpoint named by AWS_ENDPOINT_URL_S3. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type RunningS3, type S3NotificationEvent, startS3 } from '../../local/s3/server.ts';
import { describeS3Endpoint, type S3Endpoint } from '../conformance/s3-endpoint.ts';

const region = 'eu-central-1';
const credentials = { accessKeyId: 'laptop', secretAccessKey: 'laptop-secret' };

const foreignUrl = process.env.AWS_ENDPOINT_URL_S3;

if (foreignUrl !== undefined) {
  const openForeign = (): S3Endpoint => ({
    url: foreignUrl,
    region: process.env.AWS_REGION ?? region,
    credentials: {
      accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
    capabilities: {},
  });
  describeS3Endpoint(foreignUrl, openForeign, { queuesReadable: false, partial: false });
}

let running: RunningS3;
let dir: string;
const failures: unknown[] = [];
const arrivals = new Map<string, S3NotificationEvent[]>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-s3-'));
  running = await startS3({
    port: 0,
    dir,
    credentials,
    region,
    onFailure: (error) => failures.push(error),
    notify: async ({ queueArn }, event) => {
      if (queueArn.endsWith(':no-such-queue')) throw new Error('The queue does not exist.');
      arrivals.set(queueArn, [...(arrivals.get(queueArn) ?? []), event]);
    },
  });
});

afterAll(async () => {
  await running.close();
  await rm(dir, { recursive: true });
  if (failures.length > 0) throw new AggregateError(failures, 'The laptop S3 failed inside.');
});

const arn = (name: string) => `arn:aws:sqs:${region}:000000000000:${name}`;

const open = (): S3Endpoint => ({
  url: running.url,
  region,
  credentials,
  capabilities: { queues: { arn, received: (name) => arrivals.get(arn(name)) ?? [] } },
});

describeS3Endpoint('the laptop', open, { queuesReadable: true, partial: true });
