/** Runs the SQS suite against the local SQS, and against AWS_ENDPOINT_URL_SQS where it is set. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll } from 'vitest';
import { type LocalSqs, startSqs } from '../../local/sqs/start-sqs.ts';
import { sqsEndpointSuite } from './sqs-endpoint.ts';

const given = process.env.AWS_ENDPOINT_URL_SQS;
const accessKeyId = process.env.AWS_ACCESS_KEY_ID ?? 'AKIALOCAL00000000000';
const secretAccessKey = process.env.AWS_SECRET_ACCESS_KEY ?? 'local-secret';
const region = process.env.AWS_REGION ?? 'us-east-1';

let local: LocalSqs | undefined;

beforeAll(async () => {
  local = await startSqs({ port: 0, accessKeyId, region });
});

afterAll(async () => {
  await local?.close();
});

const clientFor = (endpoint: () => string) => (overrides?: { readonly accessKeyId?: string }) =>
  new SQSClient({
    endpoint: endpoint(),
    region,
    credentials: { accessKeyId, secretAccessKey, ...overrides },
    maxAttempts: 1,
  });

sqsEndpointSuite(
  'the local SQS',
  clientFor(() => local?.url ?? ''),
);
if (given !== undefined)
  sqsEndpointSuite(
    `the SQS at ${given}`,
    clientFor(() => given),
  );
