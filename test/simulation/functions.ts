/** The real handlers and use cases, wired to the ports of one invocation. Nothing here decides anything. */

import type { SQSEvent } from 'aws-lambda';
import { createMemoryReservations } from '../../shared/adapters/memory/memory-tenant-quotas.ts';
import type { MemoryQueueName } from '../../shared/adapters/memory/memory-work-queue.ts';
import { idOfMember, idOfObject } from '../../shared/adapters/object-id.ts';
import { RetryableError } from '../../shared/domain/errors.ts';
import { MAX_FILE_BYTES } from '../../shared/domain/parts.ts';
import { createBuryHandler } from '../../shared/lambda/bury.ts';
import { createIngestHandler } from '../../shared/lambda/ingest.ts';
import type { InvocationContext } from '../../shared/lambda/invocation.ts';
import { createWorkerHandler } from '../../shared/lambda/worker.ts';
import type { ContentIndex } from '../../shared/ports/content-index.ts';
import type { DeadLetterStore } from '../../shared/ports/dead-letter-store.ts';
import type { Logger } from '../../shared/ports/logger.ts';
import type { SessionVerifier } from '../../shared/ports/session-verifier.ts';
import type { WebhookCaller } from '../../shared/ports/webhook-caller.ts';
import type { DeliveryStore, WebhookStore } from '../../shared/ports/webhook-store.ts';
import { createProcessorNamed } from '../../shared/processors/processor.ts';
import { createDriveForward } from '../../shared/usecases/drive-forward.ts';
import { createEndInPlace } from '../../shared/usecases/finish-upload.ts';
import { detectSimulated } from './contents.ts';
import { eraseUpload, finalize, notify, sendWebhook } from './deployed.ts';
import type { Invocation } from './invocation.ts';
import {
  boardOf,
  deskOf,
  eraserOf,
  groupBoardOf,
  groupsOf,
  objectsOf,
  partStoreOf,
  partsRegisterOf,
  queueOf,
  storeOf,
} from './ports.ts';
import { simulatedProcessors } from './processors.ts';
import { webhookSecrets } from './receivers.ts';
import { type Stores, UPLOADS_BUCKET } from './stores.ts';

/** What the product logs; the fields that tell why something was ignored go into the story. */
export type OnLog = (
  inv: Invocation,
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

const MAX_OBJECT_BYTES = 4096;
const MAX_RECEIVE_COUNT = 5;

/** `serverless.yml`. */
export const TIMEOUT_SECONDS = {
  'create-upload': 10,
  'create-upload-group': 20,
  'get-upload': 29,
  'get-history': 10,
  'get-result': 10,
  'list-uploads': 10,
  'upload-parts': 29,
  'delete-upload': 10,
  ingest: 60,
  'work-light': 900,
  'work-heavy': 900,
  finalize: 30,
  notify: 30,
  'send-webhook': 30,
  'erase-upload': 60,
  sweep: 60,
  bury: 30,
  reprocess: 60,
} as const;
export type FunctionName = keyof typeof TIMEOUT_SECONDS;

const loggerOf = (
  inv: Invocation,
  onLog: OnLog,
  bound: Readonly<Record<string, unknown>>,
): Logger => ({
  debug: () => undefined,
  info: (fields, message) => onLog(inv, message, { ...bound, ...fields }),
  warn: (fields, message) => onLog(inv, message, { ...bound, ...fields }),
  error: (fields, message) => onLog(inv, message, { ...bound, ...fields }),
  child: (fields) => loggerOf(inv, onLog, { ...bound, ...fields }),
});

/** A token here is the tenant and the owner that it stands for. */
const sessions: SessionVerifier = {
  async identify(token) {
    const [tenant = '', owner = ''] = token.split('.');
    return { tenant, owner, confirm: async () => true };
  },
  async verify(token) {
    const [tenant = '', owner = ''] = token.split('.');
    return { tenant, owner };
  },
};

/** Steps that a worker of the last release did not know yet. */
const NEW_STEPS: ReadonlySet<string> = new Set(['sim-merge', 'sim-slow']);

/** An effect on a store without ports of its own in ports.ts. */
const keptOf =
  (inv: Invocation) =>
  <T>(name: string, uploads: readonly string[], apply: () => Promise<T>): Promise<T> =>
    inv.effect({ name, uploads }, apply, async () => {
      throw new RetryableError('store_unavailable', { detail: 'Injected.' });
    });
type Kept = ReturnType<typeof keptOf>;

const contentsOf = (kept: Kept, { contents }: Stores): ContentIndex => ({
  find: (content) => kept('contents.find', [], () => contents.find(content)),
  remember: (content, id, at) =>
    kept('contents.remember', [id], () => contents.remember(content, id, at)),
  forget: (content, id) => kept('contents.forget', [id], () => contents.forget(content, id)),
});

const lettersOf = (kept: Kept, { letters }: Stores): DeadLetterStore => ({
  list: letters.list,
  forget: letters.forget,
  keep: (letter) =>
    kept('letters.keep', letter.uploadId === undefined ? [] : [letter.uploadId], () =>
      letters.keep(letter),
    ),
});

const webhooksOf = (kept: Kept, { webhooks }: Stores): WebhookStore => ({
  // Made and taken away by its tenant, not by what is simulated here.
  create: webhooks.create,
  remove: webhooks.remove,
  find: (ref) => kept('webhooks.find', [], () => webhooks.find(ref)),
  list: (tenant) => kept('webhooks.list', [], () => webhooks.list(tenant)),
  put: (webhook) => kept('webhooks.put', [], () => webhooks.put(webhook)),
  listDue: (now, limit) => kept('webhooks.listDue', [], () => webhooks.listDue(now, limit)),
});

const deliveriesOf = (kept: Kept, { deliveries }: Stores): DeliveryStore => ({
  list: deliveries.list,
  find: (ref) => kept('deliveries.find', [ref.id], () => deliveries.find(ref)),
  put: (delivery) => kept('deliveries.put', [delivery.id], () => deliveries.put(delivery)),
  listDue: (webhookId, now, limit) =>
    kept('deliveries.listDue', [], () => deliveries.listDue(webhookId, now, limit)),
});

const callerOf = (inv: Invocation, { receivers }: Stores): WebhookCaller => ({
  refusalOf: async () => undefined,
  call: (request) =>
    inv.effect(
      { name: 'webhook.call', uploads: [request.headers['webhook-id'] ?? ''] },
      async () => receivers.take(request),
      async () => ({ durationMs: 5_000, failure: 'endpoint_slow' }),
    ),
});

/** Written out, without spreading one object into another: every invocation makes these, and a copy costs far more than a literal. */
export const depsOf = (inv: Invocation, stores: Stores, onLog: OnLog) => {
  const store = storeOf(inv, stores);
  const groups = groupsOf(inv, stores);
  const objects = objectsOf(inv, stores);
  const queue = queueOf(inv, stores);
  const board = boardOf(inv, stores);
  const eraser = eraserOf(inv, stores);
  const { clock } = inv;
  const processors = simulatedProcessors(inv, stores.faults);
  const isWorker = inv.name.startsWith('work-');
  const isOld = isWorker && stores.faults.happens('old-worker');
  const kept = keptOf(inv);
  const contents = contentsOf(kept, stores);
  const forward = { store, groups, objects, queue, board, clock, contents };
  return {
    store,
    groups,
    objects,
    queue,
    board,
    desk: deskOf(inv, stores),
    // Nobody here waits for a ring.
    bell: { listen: async () => undefined },
    clock,
    sessions,
    objectEraser: eraser,
    rowEraser: eraser,
    partStore: partStoreOf(inv, stores),
    partsRegister: partsRegisterOf(inv, stores),
    random: inv.random,
    logger: loggerOf(inv, onLog, {}),
    maxReceiveCount: MAX_RECEIVE_COUNT,
    driveForward: createDriveForward(forward, isWorker ? createEndInPlace(forward) : undefined),
    contents,
    webhooks: webhooksOf(kept, stores),
    deliveries: deliveriesOf(kept, stores),
    caller: callerOf(inv, stores),
    secrets: webhookSecrets,
    // No tenant here has limits of its own; a worker asks for them all the same, and may get no answer.
    tenantBudgets: {
      find: () => kept('tenantBudgets.find', [], async () => ({})),
      keep: async () => undefined,
    },
    quotaOf: async () => ({}),
    everyonesQuota: {},
    reservations: createMemoryReservations(),
    uploadsBucket: UPLOADS_BUCKET,
    maxObjectBytes: MAX_OBJECT_BYTES,
    // Larger than an object may be here, so that what is too large arrives.
    maxFileBytes: MAX_FILE_BYTES,
    idOfObject,
    idOfMember,
    groupBoard: groupBoardOf(inv, stores),
    detectType: detectSimulated,
    processors,
    processorNamed: (name: string) =>
      isOld && NEW_STEPS.has(name) ? undefined : createProcessorNamed(processors)(name),
    letters: lettersOf(kept, stores),
    cursors: {
      read: (job: string) => kept('cursors.read', [], () => stores.cursors.read(job)),
      keep: (job: string, cursor: string | undefined) =>
        kept('cursors.keep', [], () => stores.cursors.keep(job, cursor)),
    },
  };
};

export type Deps = ReturnType<typeof depsOf>;

/** Which function works which queue. */
export const consumerOf = (queue: MemoryQueueName): FunctionName => {
  if (queue === 'upload-events') return 'ingest';
  if (queue === 'light') return 'work-light';
  if (queue === 'heavy') return 'work-heavy';
  if (queue === 'deletions') return 'erase-upload';
  if (queue === 'notifications') return 'notify';
  if (queue === 'webhooks') return 'send-webhook';
  return queue === 'finalize' ? 'finalize' : 'bury';
};

export const handleBatch = (
  name: FunctionName,
  deps: Deps,
  event: SQSEvent,
  context: InvocationContext,
): Promise<unknown> => {
  switch (name) {
    case 'ingest':
      return createIngestHandler(deps)(event, context);
    case 'work-light':
      return createWorkerHandler(deps, 'light')(event, context);
    case 'work-heavy':
      return createWorkerHandler(deps, 'heavy')(event, context);
    case 'finalize':
      return finalize.createHandler(deps)(event, context);
    case 'erase-upload':
      return eraseUpload.createHandler(deps)(event, context);
    case 'notify':
      return notify.createHandler(deps)(event, context);
    case 'send-webhook':
      return sendWebhook.createHandler(deps)(event, context);
    default:
      return createBuryHandler(deps)(event, context);
  }
};
