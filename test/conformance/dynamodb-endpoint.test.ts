/** Runs the DynamoDB suite against the local one, and against AWS_ENDPOINT_URL_DYNAMODB where it is set. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { type LocalDynamodb, startDynamodb } from '../../local/dynamodb/start-dynamodb.ts';
import { dynamodbEndpointSuite } from './dynamodb-endpoint.ts';

const given = process.env.AWS_ENDPOINT_URL_DYNAMODB;
const accessKeyId = process.env.AWS_ACCESS_KEY_ID ?? 'AKIALOCAL00000000000';
const secretAccessKey = process.env.AWS_SECRET_ACCESS_KEY ?? 'local-secret';
const region = process.env.AWS_REGION ?? 'us-east-1';

let local: LocalDynamodb | undefined;

beforeAll(async () => {
  local = await startDynamodb({ port: 0, accessKeyId });
});

afterAll(async () => {
  await local?.close();
});

const clientFor = (endpoint: () => string) => (overrides?: { readonly accessKeyId?: string }) =>
  new DynamoDBClient({
    endpoint: endpoint(),
    region,
    credentials: { accessKeyId, secretAccessKey, ...overrides },
    maxAttempts: 1,
  });

dynamodbEndpointSuite(
  'the local DynamoDB',
  clientFor(() => local?.url ?? ''),
);
if (given !== undefined) {
  dynamodbEndpointSuite(
    `the DynamoDB at ${given}`,
    clientFor(() => given),
  );
}
