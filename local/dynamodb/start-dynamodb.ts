/** Starts the local DynamoDB: dynalite behind a front that survives dropped clients, on 127.0.0.1. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type JsonReply, type Refusal, startJsonFront } from '../aws-json/json-front.ts';
import { type Parameters, type Reply, startBackend } from './backend.ts';
import { type World, writeReturningOld } from './conditional-write.ts';
import { DynamodbError, type DynamodbErrorName, renderError } from './errors.ts';
import { createRequestTokens, type RequestTokens } from './request-tokens.ts';
import { createSharedLock } from './shared-lock.ts';
import { findTableAction } from './table-actions.ts';
import { openTables } from './tables.ts';
import { sweepExpired } from './time-to-live.ts';
import { maxTransactionBytes, PassedOn, readActions, transactWrite } from './transact-write.ts';

/** What may go wrong on purpose, asked once per request. */
export type DynamodbFaults = {
  /** Names the error to answer with instead of doing anything. */
  readonly refuses?: (
    action: string,
  ) =>
    | 'ProvisionedThroughputExceededException'
    | 'TransactionConflictException'
    | 'RequestLimitExceeded'
    | 'InternalServerError'
    | undefined;
  /** True: the request is carried out and answered with a 500, as if the answer had been lost. */
  readonly losesAnswer?: (action: string) => boolean;
};

export type DynamodbOptions = {
  /** 0 picks a free port. */
  readonly port: number;
  /** Any other access key id is refused. */
  readonly accessKeyId: string;
  /** Tables are kept here; absent: in memory. */
  readonly dir?: string;
  /** How often expired rows are looked for. DynamoDB promises days, so a minute is kind. */
  readonly ttlSweepMs?: number;
  readonly faults?: DynamodbFaults;
};

export type LocalDynamodb = {
  readonly url: string;
  readonly port: number;
  /** Ends the sweep, drops connections and closes the tables; the port is free afterwards. */
  readonly close: () => Promise<void>;
};

/** BatchWriteItem takes 16 MB, the largest request there is; JSON around it a little more. */
const maxBodyBytes = 16 * 1024 * 1024;

const refusals: Readonly<Record<Refusal, DynamodbErrorName>> = {
  'missing-credentials': 'MissingAuthenticationTokenException',
  'unknown-access-key': 'UnrecognizedClientException',
  'not-the-protocol': 'UnknownOperationException',
  'body-too-large': 'RequestEntityTooLargeException',
  broken: 'InternalServerError',
};

export const startDynamodb = async (options: DynamodbOptions): Promise<LocalDynamodb> => {
  const { dir, ttlSweepMs = 60_000, faults = {} } = options;
  const backend = await startBackend(dir === undefined ? undefined : join(dir, 'dynamodb'));
  const tables = await openTables(backend, dir);
  const world: World = { backend, tables, lock: createSharedLock() };
  const tokens = createRequestTokens();

  const front = await startJsonFront({
    port: options.port,
    targetPrefix: 'DynamoDB_20120810',
    accessKeyId: options.accessKeyId,
    maxBodyBytes,
    handle: async ({ action, body }) => {
      try {
        const refused = faults.refuses?.(action);
        if (refused) throw new DynamodbError(refused, 'Refused on purpose.');
        const answered = await answer(world, { action, body, tokens });
        if (!faults.losesAnswer?.(action)) return answered;
        throw new DynamodbError('InternalServerError', 'The answer was lost on purpose.');
      } catch (error) {
        if (error instanceof DynamodbError) return renderError(error);
        if (error instanceof PassedOn) return error.parsed.reply;
        throw error;
      }
    },
    refuse: (refusal, sentence) => renderError(new DynamodbError(refusals[refusal], sentence)),
  }).catch(async (error) => {
    await backend.close();
    throw error;
  });
  const stop = new AbortController();
  const sweeping = sweepUntil(world, ttlSweepMs, stop.signal);
  // Told to whoever closes; until then the requests themselves show that dynalite is gone.
  sweeping.catch(() => undefined);

  return {
    url: front.url,
    port: front.port,
    close: async () => {
      stop.abort();
      await front.close();
      try {
        await sweeping;
      } finally {
        // Alone, so after every request that dynalite still works on: dropping one would end us.
        await world.lock.exclusive(() => backend.close());
      }
    },
  };
};

type Request = {
  readonly action: string;
  readonly body: Buffer;
  readonly tokens: RequestTokens;
};

const answer = async (
  world: World,
  { action, body, tokens }: Request,
): Promise<JsonReply | Reply> => {
  const parameters = parseBody(body);
  if (parameters.ReturnValuesOnConditionCheckFailure === 'ALL_OLD') {
    return writeReturningOld(world, action, parameters);
  }
  if (action === 'TransactWriteItems') return transact(world, parameters, { body, tokens });
  if (action === 'TransactGetItems') return transactGet(world, parameters);

  const tableAction = findTableAction(action);
  if (tableAction) return ok(await world.lock.shared(() => tableAction(world, parameters)));

  const reply = await world.lock.shared(() => world.backend.forward(action, body));
  if (action === 'DeleteTable' && reply.status === 200) {
    await world.tables.forget(String(parameters.TableName));
  }
  return reply;
};

const parseBody = (body: Buffer): Parameters => {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Parameters;
    }
  } catch {
    // Answered below, with the same sentence as a body that is JSON but no object.
  }
  // dynalite would end the process on some of these.
  throw new DynamodbError('SerializationException', 'The request body is not a JSON object.');
};

const transact = async (
  world: World,
  parameters: Parameters,
  { body, tokens }: Omit<Request, 'action'>,
): Promise<JsonReply> => {
  if (body.length > maxTransactionBytes) {
    const sentence = `A transaction may hold ${maxTransactionBytes} bytes, this one has ${body.length}.`;
    throw new DynamodbError('ValidationException', sentence);
  }
  return world.lock.exclusive(async () => {
    if (tokens.wasDone(parameters)) return ok({});
    await transactWrite(world, parameters);
    tokens.done(parameters);
    return ok({});
  });
};

const transactGet = (world: World, parameters: Parameters): Promise<JsonReply> =>
  world.lock.exclusive(async () => {
    const Responses: Parameters[] = [];
    for (const [kind, action] of readActions(parameters)) {
      if (kind !== 'Get') {
        throw new DynamodbError('ValidationException', `TransactGetItems cannot contain ${kind}.`);
      }
      const read = await world.backend.call('GetItem', { ...action, ConsistentRead: true });
      if (read.error !== undefined) throw new PassedOn(read);
      Responses.push(read.members);
    }
    return ok({ Responses });
  });

const ok = (members: Parameters): JsonReply => ({ status: 200, body: JSON.stringify(members) });

const sweepUntil = async (world: World, everyMs: number, stop: AbortSignal): Promise<void> => {
  while (!stop.aborted) {
    // Ends early, and quietly, when the signal aborts.
    await delay(everyMs, undefined, { signal: stop, ref: false }).catch(() => undefined);
    if (!stop.aborted) await sweepExpired(world);
  }
};
