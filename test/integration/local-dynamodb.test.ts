/** What the local DynamoDB does beside the API: dropped clients, TTL, kept state, faults. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { type Backend, startBackend } from '../../local/dynamodb/backend.ts';
import { createSharedLock } from '../../local/dynamodb/shared-lock.ts';
import { type DynamodbOptions, startDynamodb } from '../../local/dynamodb/start-dynamodb.ts';
import { openTables } from '../../local/dynamodb/tables.ts';
import { sweepExpired } from '../../local/dynamodb/time-to-live.ts';

const accessKeyId = 'AKIALOCAL00000000000';
const TableName = 'uploads';
const undo: (() => Promise<unknown> | undefined)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const setup = async (options: Partial<DynamodbOptions> = {}) => {
  const local = await startDynamodb({ port: 0, accessKeyId, ...options });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= local.close();
    return closing;
  };
  const dynamodb = new DynamoDBClient({
    endpoint: local.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'local-secret' },
    maxAttempts: 1,
  });
  undo.push(close, async () => dynamodb.destroy());
  return { ...local, close, dynamodb };
};

const createTable = (dynamodb: DynamoDBClient) =>
  dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );

const put = (dynamodb: DynamoDBClient, pk: string, expiresAt?: number) =>
  dynamodb.send(
    new PutItemCommand({
      TableName,
      Item: {
        pk: { S: pk },
        ...(expiresAt === undefined ? {} : { expiresAt: { N: `${Math.floor(expiresAt)}` } }),
      },
    }),
  );

const enableTtl = (dynamodb: DynamoDBClient) =>
  dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName,
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    }),
  );

const keysIn = async (dynamodb: DynamoDBClient) => {
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName }));
  return Items.map(({ pk }) => pk?.S).sort();
};

const get = (dynamodb: DynamoDBClient, pk: string) =>
  dynamodb.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } }, ConsistentRead: true }));

const temporaryDir = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'local-dynamodb-'));
  undo.unshift(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

describe('the local DynamoDB', () => {
  it('survives clients that hang up in the middle of a request', async () => {
    const { dynamodb, port } = await setup();
    await createTable(dynamodb);

    for (let count = 0; count < 20; count += 1) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.write(
            'POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\n' +
              'Content-Type: application/x-amz-json-1.0\r\nContent-Length: 500\r\n\r\n{"Table',
            () => socket.destroy(),
          );
        });
        socket.on('error', reject);
        socket.on('close', () => resolve());
      });
    }

    await put(dynamodb, 'alive');
    expect(await keysIn(dynamodb)).toEqual(['alive']);
  });

  it('closes under load without a word from dynalite', async () => {
    const { dynamodb, close } = await setup();
    await createTable(dynamodb);
    const writes = Array.from({ length: 50 }, (_, index) =>
      put(dynamodb, `row ${index}`).then(
        () => 'written',
        () => 'dropped',
      ),
    );
    await Promise.race(writes);

    await close();

    expect((await Promise.all(writes)).length).toBe(50);
    await expect(put(dynamodb, 'late')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('survives bodies that are no request', async () => {
    const { dynamodb, url } = await setup();
    await createTable(dynamodb);
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x`;
    const post = async (body: string) => {
      const headers = { authorization, 'x-amz-target': 'DynamoDB_20120810.GetItem' };
      const response = await fetch(url, { method: 'POST', headers, body });
      return ((await response.json()) as { __type: string }).__type.split('#')[1];
    };

    for (const body of ['', 'null', '[]', '7', '{"TableName":', '"x"']) {
      expect(await post(body)).toBe('SerializationException');
    }
    expect(await keysIn(dynamodb)).toEqual([]);
  });

  it('deletes what has expired and nothing else', async () => {
    const { dynamodb } = await setup({ ttlSweepMs: 20 });
    await createTable(dynamodb);
    const now = Date.now() / 1000;
    await put(dynamodb, 'expired', now - 60);
    await put(dynamodb, 'later', now + 600);
    await put(dynamodb, 'never');
    await put(dynamodb, 'milliseconds by mistake', Date.now());
    await put(dynamodb, 'older than five years', now - 6 * 365 * 24 * 3600);

    await enableTtl(dynamodb);

    await expect
      .poll(() => keysIn(dynamodb), { timeout: 5000 })
      .toEqual(['later', 'milliseconds by mistake', 'never', 'older than five years']);
  });

  it('keeps a row whose expiry moved while it was being looked at', async () => {
    const backend = await startBackend(undefined);
    undo.push(() => backend.close());
    const row = (expiresAt: number) => ({
      TableName,
      Item: { pk: { S: 'moved' }, expiresAt: { N: `${Math.floor(expiresAt)}` } },
    });
    const now = Date.now() / 1000;
    await backend.call('CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    });
    await expect
      .poll(async () => (await backend.call('PutItem', row(now - 60))).error)
      .toBeUndefined();
    const tables = await openTables(backend, undefined);
    await tables.change(TableName, { ttlAttribute: 'expiresAt' });
    const meddling: Backend = {
      ...backend,
      call: async (action, parameters) => {
        if (action === 'DeleteItem') await backend.call('PutItem', row(now + 600));
        return backend.call(action, parameters);
      },
    };

    const deleted = await sweepExpired({ backend: meddling, tables, lock: createSharedLock() });

    expect(deleted).toBe(0);
    const { members } = await backend.call('Scan', { TableName });
    expect(members.Count).toBe(1);
  });

  it('keeps tables, rows and TTL in its directory', async () => {
    const dir = join(await temporaryDir(), 'made', 'on demand');
    const first = await setup({ dir });
    await createTable(first.dynamodb);
    await enableTtl(first.dynamodb);
    await put(first.dynamodb, 'kept');
    await first.close();

    const second = await setup({ dir });

    expect(await keysIn(second.dynamodb)).toEqual(['kept']);
    const described = await second.dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(described.TimeToLiveDescription?.AttributeName).toBe('expiresAt');
  });

  it('refuses and loses answers where a test asks for it', async () => {
    let refusing = false;
    let losing = false;
    const { dynamodb } = await setup({
      faults: {
        refuses: (action) =>
          refusing && action === 'PutItem' ? 'ProvisionedThroughputExceededException' : undefined,
        losesAnswer: (action) => losing && action === 'PutItem',
      },
    });
    await createTable(dynamodb);

    refusing = true;
    await expect(put(dynamodb, 'refused')).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
    });
    refusing = false;
    losing = true;
    await expect(put(dynamodb, 'lost')).rejects.toMatchObject({
      name: 'InternalServerError',
      $metadata: { httpStatusCode: 500 },
    });

    expect((await get(dynamodb, 'refused')).Item).toBeUndefined();
    expect((await get(dynamodb, 'lost')).Item).toEqual({ pk: { S: 'lost' } });
  });

  it('says so when its port is taken, and leaves nothing running', async () => {
    const { port } = await setup();
    const servers = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    // The front and dynalite; those of earlier tests may take a moment to be gone.
    await expect.poll(servers).toBe(2);

    await expect(startDynamodb({ port, accessKeyId })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });

    await expect.poll(servers).toBe(2);
  });
});
