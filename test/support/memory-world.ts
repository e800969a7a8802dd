/** The whole pipeline over memory adapters: real use cases and handlers, a clock that stands still, no network. */
import { createMemoryCursorStore } from '../../shared/adapters/memory/memory-cursor-store.ts';
import { createMemoryDeadLetterStore } from '../../shared/adapters/memory/memory-dead-letter-store.ts';
import { createMemoryIdempotencyStore } from '../../shared/adapters/memory/memory-idempotency-store.ts';
import { createMemoryLogger } from '../../shared/adapters/memory/memory-logger.ts';
import {
  createMemoryPartStore,
  createMemoryPartsRegister,
} from '../../shared/adapters/memory/memory-parts.ts';
import { createMemoryRowEraser } from '../../shared/adapters/memory/memory-row-eraser.ts';
import { createMemoryTenantBudgets } from '../../shared/adapters/memory/memory-tenant-budgets.ts';
import {
  createMemoryReservations,
  createMemoryTenantQuotas,
} from '../../shared/adapters/memory/memory-tenant-quotas.ts';
import {
  createMemoryDeliveryStore,
  createMemoryWebhookStore,
} from '../../shared/adapters/memory/memory-webhooks.ts';
import type { MemoryQueueName } from '../../shared/adapters/memory/memory-work-queue.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { idOfMember, idOfObject } from '../../shared/adapters/object-id.ts';
import { erasureMessage } from '../../shared/contracts/messages.ts';
import { NonRetryableError } from '../../shared/domain/errors.ts';
import { MAX_FILE_BYTES } from '../../shared/domain/parts.ts';
import type { UploadOptions } from '../../shared/domain/upload-options.ts';
import { createBuryHandler } from '../../shared/lambda/bury.ts';
import { createFinalizeHandler } from '../../shared/lambda/finalizer.ts';
import { createIngestHandler } from '../../shared/lambda/ingest.ts';
import {
  type BatchHandler,
  createBatchHandler,
  parseMessage,
} from '../../shared/lambda/sqs-batch.ts';
import { createWorkerHandler } from '../../shared/lambda/worker.ts';
import type { Caller, Principal } from '../../shared/ports/session-verifier.ts';
import { QUEUES } from '../../shared/ports/work-queue.ts';
import { createProcessorNamed } from '../../shared/processors/processor.ts';
import { createCreateUpload } from '../../shared/usecases/create-upload.ts';
import { createDeferWebhook } from '../../shared/usecases/defer-webhook.ts';
import { createDeleteUpload } from '../../shared/usecases/delete-upload.ts';
import { createDriveForward } from '../../shared/usecases/drive-forward.ts';
import { createEraseUpload } from '../../shared/usecases/erase-upload.ts';
import { createFinalizeUpload } from '../../shared/usecases/finalize-upload.ts';
import { createIngestObject } from '../../shared/usecases/ingest-object.ts';
import type { RecordMeta } from '../../shared/usecases/record-meta.ts';
import { createReprocessUpload } from '../../shared/usecases/reprocess-upload.ts';
import { createRunSteps } from '../../shared/usecases/run-steps.ts';
import { createSweep } from '../../shared/usecases/sweep.ts';
import { invocation, sqsEvent, sqsRecord } from './envelopes.ts';
import { OWNER, TENANT, UPLOADS_BUCKET } from './factories.ts';
import { createPorts, type WorldOptions } from './memory-ports.ts';
import { processor } from './processors.ts';

export type { WorldOptions } from './memory-ports.ts';

export const PRINCIPAL = { tenant: TENANT, owner: OWNER } as const;

/** Somebody whose session holds. */
export const callerOf = (principal: Principal): Caller => ({
  ...principal,
  confirm: async () => true,
});

export const CALLER = callerOf(PRINCIPAL);

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

/** Fresh stores and everything that works on them. `memory` are the stores themselves, `deps` what the code is given. */
export const createMemoryWorld = (options: WorldOptions = {}) => {
  const memory = createPorts(options);
  const { clock } = memory;
  const logs = createMemoryLogger();
  const letters = createMemoryDeadLetterStore();
  const { processors = [processor('one'), processor('two')] } = options;
  const ports = {
    store: { ...memory.store, ...options.store?.(memory.store) },
    groups: { ...memory.groups, ...options.groups?.(memory.groups) },
    contents: { ...memory.contents, ...options.contents?.(memory.contents) },
    queue: { ...memory.queue, ...options.queue?.(memory.queue) },
    objects: { ...memory.objects, ...options.objects?.(memory.objects) },
    board: { ...memory.board, ...options.board?.(memory.board) },
    desk: { look: memory.board.look, ...options.desk?.(memory.board) },
    bell: { listen: memory.board.listen, ...options.bell?.(memory.board) },
  };
  const tenantQuotas = createMemoryTenantQuotas();
  const partsRegister = createMemoryPartsRegister();
  const erasers = {
    objectEraser: memory.objects,
    rowEraser: createMemoryRowEraser({ store: memory.store, partsRegister, letters }),
  };
  const hooks = {
    webhooks: createMemoryWebhookStore({ random: createSeededRandom(11) }),
    deliveries: createMemoryDeliveryStore(),
  };
  const partStore = createMemoryPartStore((key, bytes) => memory.objects.put(key, bytes));
  const deps = {
    ...ports,
    partStore,
    partsRegister,
    ...hooks,
    deferWebhook: createDeferWebhook({ ...hooks, clock }),
    ...erasers,
    ...options.erasers?.(erasers),
    clock,
    letters,
    scanner: options.scanner,
    processors,
    idOfObject,
    idOfMember,
    groupBoard: memory.groupBoard,
    random: createSeededRandom(7),
    logger: logs,
    cursors: createMemoryCursorStore(),
    tenantBudgets: createMemoryTenantBudgets(),
    idempotency: createMemoryIdempotencyStore(),
    tenantQuotas,
    quotaOf: (tenant: string) => tenantQuotas.find(tenant),
    everyonesQuota: options.everyonesQuota ?? {},
    reservations: createMemoryReservations(),
    driveForward: createDriveForward({ ...ports, clock }),
    uploadsBucket: options.uploadsBucket ?? UPLOADS_BUCKET,
    maxObjectBytes: options.maxObjectBytes ?? 1024 ** 2,
    maxFileBytes: options.maxFileBytes ?? MAX_FILE_BYTES,
    maxReceiveCount: 5,
    typePolicy: options.typePolicy ?? 'accept',
    detectType: options.detectType ?? (async () => ({ type: 'text/plain' })),
    processorNamed: createProcessorNamed(processors),
  };

  const createUpload = createCreateUpload(deps);
  const finalizeUpload = createFinalizeUpload(deps);
  return {
    ...memory,
    memory,
    deps,
    letters,
    logs,
    createUpload,
    ingestObject: createIngestObject(deps),
    runSteps: createRunSteps(deps),
    finalizeUpload,
    deleteUpload: createDeleteUpload(deps),
    eraseUpload: createEraseUpload(deps),
    sweep: createSweep(deps),
    reprocess: createReprocessUpload(deps),
    /** Of a first delivery with a minute left, unless told otherwise. */
    meta: (overrides: Partial<RecordMeta> = {}): RecordMeta => ({
      requestId: 'request-1',
      attempt: 1,
      lastAttempt: false,
      signal: new AbortController().signal,
      remainingMs: 57_000,
      logger: logs,
      ...overrides,
    }),
    /** Announces a file as `POST /uploads` does; `submit` then sends it. */
    async announce(
      content: string | Uint8Array = 'hello world',
      name = 'hello.txt',
      options?: UploadOptions,
      principal: Principal = PRINCIPAL,
    ) {
      const bytes = bytesOf(content);
      const declared = { name, size: bytes.length, type: 'text/plain' };
      const { status, post } = await createUpload({
        principal,
        declared,
        options,
        requestId: 'request-1',
      });
      return { id: status.id, submit: () => memory.objects.submit(post!, bytes) };
    },
    put: (key: string, content: string | Uint8Array) => memory.objects.put(key, bytesOf(content)),
    bodies: (name: MemoryQueueName): readonly unknown[] =>
      memory.queue.messages(name).map(({ body }): unknown => JSON.parse(body)),
  };
};

export type MemoryWorld = ReturnType<typeof createMemoryWorld>;

const handlersOf = ({ deps }: MemoryWorld): ReadonlyMap<MemoryQueueName, BatchHandler> => {
  const ingest = createIngestHandler(deps);
  const bury = createBuryHandler(deps);
  return new Map<MemoryQueueName, BatchHandler>([
    [
      'upload-events',
      async (event, context) => (await ingest(event, context)) ?? { batchItemFailures: [] },
    ],
    ['light', createWorkerHandler(deps, 'light')],
    ['heavy', createWorkerHandler(deps, 'heavy')],
    ['finalize', createFinalizeHandler(deps)],
    [
      'deletions',
      createBatchHandler(deps, {
        from: 'deletions',
        handle: ({ body }, meta) =>
          createEraseUpload(deps)(
            parseMessage(body, erasureMessage, () => new NonRetryableError('invalid_message')),
            meta,
          ),
      }),
    ],
    ...QUEUES.map((name): [MemoryQueueName, BatchHandler] => [`${name}-dlq`, bury]),
  ]);
};

/** Hands every visible message to its function as Lambda does, until none is visible; what comes back later stays. */
export const drain = async (world: MemoryWorld, context = invocation()): Promise<void> => {
  const handlers = handlersOf(world);
  const pollOnce = async (name: MemoryQueueName, handler: BatchHandler): Promise<boolean> => {
    const received = world.queue.receive(name);
    if (received.length === 0) return false;
    const records = received.map(({ receiveCount, ...message }) =>
      sqsRecord(message.body, {
        ...message,
        attempt: receiveCount,
        eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:sluice-dev-${name}`,
      }),
    );
    const { batchItemFailures } = await handler(sqsEvent(...records), context);
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId, receiptHandle } of received) {
      if (!failed.has(messageId)) world.queue.remove(name, receiptHandle);
    }
    return true;
  };

  let wasBusy = true;
  while (wasBusy) {
    wasBusy = false;
    for (const [name, handler] of handlers) wasBusy = (await pollOnce(name, handler)) || wasBusy;
  }
};

/** Drains, lets time pass until the next hidden message appears, and drains again, until `until` or nothing is left. */
export const drainFor = async (world: MemoryWorld, ms: number, context = invocation()) => {
  const until = world.clock.now() + ms;
  await drain(world, context);
  let next = world.queue.nextVisibleAt();
  while (next !== undefined && next <= until) {
    world.clock.tick(next - world.clock.now());
    await drain(world, context);
    next = world.queue.nextVisibleAt();
  }
  world.clock.tick(Math.max(0, until - world.clock.now()));
};
