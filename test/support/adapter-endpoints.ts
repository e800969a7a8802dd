/** S3, SQS and DynamoDB for tests of the adapters: those of AWS_ENDPOINT_URL_*, else the laptop's own on free ports. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { parse } from 'yaml';
import { type DynamodbFaults, startDynamodb } from '../../local/dynamodb/start-dynamodb.ts';
import { localCredentials, localRegion } from '../../local/environment.ts';
import { startS3 } from '../../local/s3/server.ts';
import { type SqsOptions, startSqs } from '../../local/sqs/start-sqs.ts';
import { createDynamoClient } from '../../shared/adapters/aws/clients.ts';
import type { DynamoTable } from '../../shared/adapters/aws/dynamo-table.ts';

export interface Endpoint {
  readonly url: string;
  close(): Promise<void>;
}

/** The clients under test read the environment, as in a function. */
const pointTo = (variable: string, url: string): void => {
  Object.assign(process.env, {
    [variable]: url,
    AWS_REGION: process.env.AWS_REGION ?? localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  });
};

const given = (variable: string): Endpoint | undefined => {
  const url = process.env[variable];
  return url ? { url, close: async () => undefined } : undefined;
};

const owned = (variable: string, url: string, stop: () => Promise<unknown>): Endpoint => {
  pointTo(variable, url);
  return {
    url,
    async close() {
      delete process.env[variable];
      await stop();
    },
  };
};

const { accessKeyId } = localCredentials;

export const openDynamodb = async (faults?: DynamodbFaults): Promise<Endpoint> => {
  const existing = faults === undefined ? given('AWS_ENDPOINT_URL_DYNAMODB') : undefined;
  if (existing !== undefined) return existing;
  const server = await startDynamodb({ port: 0, accessKeyId, ...(faults ? { faults } : {}) });
  return owned('AWS_ENDPOINT_URL_DYNAMODB', server.url, server.close);
};

export const openSqs = async (faults?: SqsOptions['faults']): Promise<Endpoint> => {
  const existing = faults === undefined ? given('AWS_ENDPOINT_URL_SQS') : undefined;
  if (existing !== undefined) return existing;
  const server = await startSqs({ port: 0, accessKeyId, ...(faults ? { faults } : {}) });
  return owned('AWS_ENDPOINT_URL_SQS', server.url, server.close);
};

export const openS3 = async (): Promise<Endpoint> => {
  const existing = given('AWS_ENDPOINT_URL_S3');
  if (existing !== undefined) return existing;
  const dir = await mkdtemp(join(tmpdir(), 'adapters-s3-'));
  const server = await startS3({
    port: 0,
    dir,
    credentials: localCredentials,
    region: process.env.AWS_REGION ?? localRegion,
    notify: async () => undefined,
  });
  return owned('AWS_ENDPOINT_URL_S3', server.url, async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });
};

/** The schema that is deployed, under a name of its own. */
export const tableDefinition = async (): Promise<CreateTableCommandInput> => {
  const path = new URL('../../infra/table.yml', import.meta.url);
  const template = parse(await readFile(path, 'utf8'), { logLevel: 'error' });
  const { BillingMode, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } =
    template.Resources.UploadsTable.Properties;
  const TableName = `adapters-${randomUUID()}`;
  return { TableName, BillingMode, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes };
};

export const createTable = async () => {
  const client = new DynamoDBClient({});
  const definition = await tableDefinition();
  const tableName = String(definition.TableName);
  await client.send(new CreateTableCommand(definition));
  const patience = { client, maxWaitTime: 60, minDelay: 0.05, maxDelay: 1 };
  await waitUntilTableExists(patience, { TableName: tableName });
  return {
    tableName,
    async drop() {
      await client.send(new DeleteTableCommand({ TableName: tableName }));
      client.destroy();
    },
  };
};

/** A table of its own, with the client that functions use and the way to leave nothing of either behind. */
export const openTable = async () => {
  const endpoint = await openDynamodb();
  const client = createDynamoClient();
  const { tableName, drop } = await createTable();
  return {
    client,
    tableName,
    async close() {
      await drop();
      client.destroy();
      await endpoint.close();
    },
  };
};

/** Stores on a table of their own. */
export const onTable =
  <Stores extends object>(make: (table: DynamoTable) => Stores) =>
  async () => {
    const { close, ...table } = await openTable();
    return { ...make(table), close };
  };
