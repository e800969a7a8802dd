/** What the state store makes of a DynamoDB that throttles, breaks, stays silent or loses its answers. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { createDynamoClient } from '../../shared/adapters/aws/clients.ts';
import { createDynamoDeliveryStore } from '../../shared/adapters/aws/dynamo-delivery-store.ts';
import { createDynamoUploadStore } from '../../shared/adapters/aws/dynamo-upload-store.ts';
import { createDynamoWebhookStore } from '../../shared/adapters/aws/dynamo-webhook-store.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { RetryableError } from '../../shared/domain/errors.ts';
import { type Transition, transition } from '../../shared/domain/transition.ts';
import type { ProcessingUpload, Upload } from '../../shared/domain/upload.ts';
import { newDelivery } from '../../shared/domain/webhook-delivery.ts';
import { awaiting, failed, processing } from '../conformance/upload-store/stories.ts';
import { createTable, openDynamodb } from '../support/adapter-endpoints.ts';
import { closeAfterEach } from '../support/close-after-each.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

type FaultName =
  | 'ProvisionedThroughputExceededException'
  | 'TransactionConflictException'
  | 'RequestLimitExceeded'
  | 'InternalServerError';

const open = closeAfterEach();

const setup = async () => {
  const faults = { refuse: undefined as FaultName | undefined, lose: 0, actions: [] as string[] };
  const endpoint = await openDynamodb({
    refuses(action) {
      faults.actions.push(action);
      return faults.refuse;
    },
    losesAnswer(action) {
      const isWrite = action === 'PutItem' || action === 'UpdateItem';
      if (!isWrite || faults.lose === 0) return false;
      faults.lose -= 1;
      return true;
    },
  });
  open.push(endpoint.close);
  const { tableName } = await createTable();
  const client = createDynamoClient();
  const once = DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 1 }), {
    marshallOptions: { removeUndefinedValues: true },
  });
  open.push(async () => {
    client.destroy();
    once.destroy();
  });
  return {
    faults,
    client,
    tableName,
    store: createDynamoUploadStore({ client, tableName }),
    /** The same store, but its client does not try again by itself. */
    storeTryingOnce: createDynamoUploadStore({ client: once, tableName }),
  };
};

const HOOK = {
  tenant: 'acme',
  url: 'https://hooks.example.org/',
  events: ['upload.failed'],
  createdAt: 1,
  secret: { keyId: '2026', version: 1 },
} as const;
const random = createSeededRandom(3);

const outcomesOf = (upload: Upload) => ({
  uploadId: upload.id,
  generation: upload.generation,
  outcomes: { digest: failed },
  at: 1,
  dueAt: 2,
});

const ended = (upload: Upload): Upload => {
  const moment = { at: upload.updatedAt + 1, cause: { requestId: 'r', attempt: 1 } };
  const answer: Transition = transition(upload, { type: 'cancelled' }, moment);
  if ('refused' in answer) throw new Error(answer.refused);
  return answer.next;
};

describe('an answer that is lost after the write', () => {
  it('C6: is recognised in the row of a webhook and of a delivery, as nobody else is', async () => {
    const { faults, client, tableName } = await setup();
    const webhooks = createDynamoWebhookStore({ client, tableName, random });
    const deliveries = createDynamoDeliveryStore({ client, tableName });
    const webhook = (await webhooks.create(HOOK))!;
    const next = { ...webhook, rev: 2, dueAt: 1 };
    const { tenant, id: webhookId } = webhook;
    const terms = {
      webhookId,
      id: 'msg_1',
      tenant,
      event: 'upload.failed',
      payload: '{}',
    } as const;
    const delivery = newDelivery(terms, 1);

    faults.lose = 1;
    expect(await webhooks.put(next)).toEqual({ kind: 'written' });
    faults.lose = 1;
    expect(await deliveries.put(delivery)).toEqual({ kind: 'written' });

    expect(faults.lose).toBe(0);
    expect(await webhooks.put(next)).toEqual({ kind: 'lost', current: next });
    expect(await deliveries.put(delivery)).toEqual({ kind: 'lost', current: delivery });
  });

  it('is recognised by the next attempt as our own write', async () => {
    const { faults, store } = await setup();
    const made = awaiting();
    for (const upload of [made, processing(made)]) {
      faults.lose = 1;
      expect(await store.put(upload)).toEqual({ kind: 'written' });
      expect(faults.lose).toBe(0);
      expect(await store.find(made.id)).toEqual(upload);
    }
  });

  it('is recognised when the call failed and the caller repeats it', async () => {
    const { faults, storeTryingOnce } = await setup();
    const made = awaiting();
    faults.lose = 1;
    await expect(storeTryingOnce.put(made)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await storeTryingOnce.put(made)).toEqual({ kind: 'written' });
    expect(await storeTryingOnce.find(made.id)).toEqual(made);
  });

  it('records outcomes once, whatever the rev', async () => {
    const { faults, store } = await setup();
    const made = awaiting();
    const started = processing(made);
    await store.put(made);
    await store.put(started);
    faults.lose = 2;
    const answer = await store.recordOutcomes(outcomesOf(started));
    expect(answer).toMatchObject({ kind: 'recorded', upload: { outcomes: { digest: failed } } });
    expect((await store.find(made.id))?.rev).toBe(5);
  });

  it('does not make a lost race look won', async () => {
    const { faults, store } = await setup();
    const made = awaiting();
    const other = { ...made, owner: 'someone else' };
    await store.put(other);
    faults.lose = 1;
    expect(await store.put(made)).toEqual({ kind: 'lost', current: other });
  });
});

describe('a DynamoDB that refuses', () => {
  const refusals: readonly FaultName[] = [
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'InternalServerError',
    'TransactionConflictException',
  ];

  it.each(refusals)('%s is "try again", from every method', async (refusal) => {
    const { faults, storeTryingOnce: store } = await setup();
    const started = processing() as ProcessingUpload;
    faults.refuse = refusal;
    const calls = [
      () => store.find('x'),
      () => store.put(started),
      () => store.recordOutcomes(outcomesOf(started)),
      () => store.archive(started),
      () => store.archived('x', 3),
      () => store.listByOwner(started, { limit: 1 }),
      () => store.listDue(0, 1, 1),
    ];
    for (const answer of await Promise.allSettled(calls.map((call) => call()))) {
      const { reason } = answer as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(RetryableError);
      expect(reason).toMatchObject({ code: 'store_unavailable', cause: { name: refusal } });
      expect(reason.message).not.toContain(refusal);
    }
  });

  it('is asked three times and not for ever', async () => {
    const { faults, store } = await setup();
    faults.refuse = 'InternalServerError';
    faults.actions.length = 0;
    await expect(store.find('x')).rejects.toThrow(RetryableError);
    expect(faults.actions).toEqual(['GetItem', 'GetItem', 'GetItem']);
  });

  it('says so when it is the request that is refused', async () => {
    const { client } = await setup();
    const store = createDynamoUploadStore({ client, tableName: 'no-such-table' });
    await expect(store.find('x')).rejects.toMatchObject({
      code: 'store_unavailable',
      detail: 'It refused the request.',
    });
  });
});

describe('a DynamoDB that is not there', () => {
  const storeAt = (endpoint: string) => {
    const bare = new DynamoDBClient({
      endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
      requestHandler: { requestTimeout: 100, throwOnRequestTimeout: true },
    });
    open.push(async () => bare.destroy());
    return createDynamoUploadStore({ client: DynamoDBDocumentClient.from(bare), tableName: 't' });
  };

  it('is "try again" when it stays silent, cuts the line, or refuses the connection', async () => {
    const silent = await startScriptedServer(() => undefined);
    const cutting = await startScriptedServer((_, response) => response.socket?.destroy());
    open.push(silent.close, cutting.close);
    for (const url of [silent.url, cutting.url, 'http://127.0.0.1:1']) {
      const failure = storeAt(url).find('x');
      await expect(failure).rejects.toBeInstanceOf(RetryableError);
      await expect(failure).rejects.toMatchObject({ code: 'store_unavailable', detail: undefined });
    }
  });

  it('reads the row in the way when the refusal does not bring it along', async () => {
    const bare = await startScriptedServer(({ headers }, response) => {
      const isRead = String(headers['x-amz-target']).endsWith('GetItem');
      response.writeHead(isRead ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
      const refusal = {
        __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
      };
      response.end(JSON.stringify(isRead ? {} : refusal));
    });
    open.push(bare.close);
    const store = storeAt(bare.url);
    expect(await store.put(awaiting())).toEqual({ kind: 'lost', current: undefined });
    expect(await store.recordOutcomes(outcomesOf(processing()))).toEqual({
      kind: 'refused',
      current: undefined,
    });
    expect(bare.requests).toHaveLength(4);
  });
});

describe('the row', () => {
  const readRow = async ({ client, tableName }: Awaited<ReturnType<typeof setup>>, id: string) => {
    const Key = { pk: `UPLOAD#${id}`, sk: 'STATE' };
    return (await client.send(new GetCommand({ TableName: tableName, Key }))).Item ?? {};
  };

  it('is in the due index while it lives, and not after', async () => {
    const world = await setup();
    const made = awaiting();
    await world.store.put(made);
    expect(await readRow(world, made.id)).toMatchObject({
      dueShard: expect.stringMatching(/^DUE#[0-3]$/),
      dueAt: made.dueAt,
      ownerKey: `dev#${made.owner}`,
      createdAt: `${new Date(made.createdAt).toISOString()}#${made.id}`,
    });
    await world.store.put(ended(made));
    const row = await readRow(world, made.id);
    expect(Object.keys(row)).not.toContain('dueShard');
    expect(Object.keys(row)).not.toContain('dueAt');
  });

  it('goes by itself, a month after the end, only if the API made it and nothing came of it', async () => {
    const world = await setup();
    const unused = ended(awaiting());
    const dropped = { ...ended(awaiting()), origin: 'bucket' } as Upload;
    const used = { ...unused, id: awaiting().id, state: 'completed' } as Upload;
    for (const upload of [unused, dropped, used]) await world.store.put({ ...upload, rev: 1 });
    const month = 30 * 24 * 60 * 60;
    expect(await readRow(world, unused.id)).toMatchObject({
      expiresAt: Math.ceil(unused.updatedAt / 1000) + month,
    });
    expect(await readRow(world, dropped.id)).not.toHaveProperty('expiresAt');
    expect(await readRow(world, used.id)).not.toHaveProperty('expiresAt');
  });

  it('that is not ours is an error that names it, not a file that failed', async () => {
    const { client, tableName, store } = await setup();
    const key = { pk: 'UPLOAD#upl_bad', sk: 'STATE' };
    const made = awaiting();
    await store.put(made);
    const Key = { pk: `UPLOAD#${made.id}`, sk: 'STATE' };
    const { Item = {} } = await client.send(new GetCommand({ TableName: tableName, Key }));
    const spoilt = [
      key,
      { ...Item, ...key, state: 'lost' },
      { ...Item, ...key, rev: 0 },
      { ...Item, ...key, createdAt: 'yesterday' },
      { ...Item, ...key, outcomes: { digest: { state: 'succeeded', result: '{', files: [] } } },
    ];
    for (const row of spoilt) {
      await client.send(new PutCommand({ TableName: tableName, Item: row }));
      await expect(store.find('upl_bad')).rejects.toThrow(/^The row UPLOAD#upl_bad STATE is not/);
    }
  });
});
