/** Webhooks over memory stores: a tenant's endpoint that answers as a test says, and every message worked until none is left. */
import { createMemoryClock } from '../../shared/adapters/memory/memory-clock.ts';
import { createMemoryLogger } from '../../shared/adapters/memory/memory-logger.ts';
import {
  createMemoryDeliveryStore,
  createMemoryWebhookStore,
} from '../../shared/adapters/memory/memory-webhooks.ts';
import { createMemoryWorkQueue } from '../../shared/adapters/memory/memory-work-queue.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { createDerivedSecrets } from '../../shared/adapters/webhooks/derived-secrets.ts';
import type { GroupNotification, Notification } from '../../shared/contracts/messages.ts';
import { anyNotification, webhookMessage } from '../../shared/contracts/messages.ts';
import { WEBHOOK_EVENTS } from '../../shared/domain/webhook.ts';
import { createBatchHandler } from '../../shared/lambda/sqs-batch.ts';
import type { CallAnswer, WebhookCall, WebhookCaller } from '../../shared/ports/webhook-caller.ts';
import type { WebhookSecrets } from '../../shared/ports/webhook-secrets.ts';
import type { DeliveryStore, WebhookStore } from '../../shared/ports/webhook-store.ts';
import type { WorkQueue } from '../../shared/ports/work-queue.ts';
import { createDeliverWebhook } from '../../shared/usecases/deliver-webhook.ts';
import { createManageWebhooks } from '../../shared/usecases/manage-webhooks.ts';
import { createNotifyWebhooks } from '../../shared/usecases/notify-webhooks.ts';
import type { RecordMeta } from '../../shared/usecases/record-meta.ts';
import { createSweepWebhooks } from '../../shared/usecases/sweep-webhooks.ts';
import { createWebhookLog } from '../../shared/usecases/webhook-log.ts';
import { invocation, sqsEvent, sqsRecord } from './envelopes.ts';

export const createTestSecrets = (): WebhookSecrets =>
  createDerivedSecrets(async () => ({
    keys: [{ kty: 'oct', kid: 'test', k: Buffer.alloc(32, 7).toString('base64url') }],
  }));

export interface ScriptedCaller extends WebhookCaller {
  readonly calls: WebhookCall[];
  /** How every request is answered from now on. */
  answerWith(answer: (call: WebhookCall) => Omit<CallAnswer, 'durationMs'>): void;
}

export const createScriptedCaller = (): ScriptedCaller => {
  const calls: WebhookCall[] = [];
  let answer: (call: WebhookCall) => Omit<CallAnswer, 'durationMs'> = () => ({ status: 204 });
  return {
    calls,
    answerWith(next) {
      answer = next;
    },
    refusalOf: async (url) => (url.includes('refused') ? 'It is refused here.' : undefined),
    async call(request) {
      calls.push(request);
      return { ...answer(request), durationMs: 12 };
    },
  };
};

export interface WebhookWorldOptions {
  readonly webhooks?: (webhooks: WebhookStore) => Partial<WebhookStore>;
  readonly deliveries?: (deliveries: DeliveryStore) => Partial<DeliveryStore>;
  readonly queue?: (queue: WorkQueue) => Partial<WorkQueue>;
  readonly caller?: (caller: WebhookCaller) => Partial<WebhookCaller>;
}

export const NOTIFICATION: Notification = {
  v: 1,
  kind: 'upload.ended',
  id: 'upl_1.1',
  uploadId: 'upl_1',
  tenant: 'acme',
  owner: 'ann',
  generation: 1,
  state: 'completed',
  endedAt: '2026-01-01T00:00:00.000Z',
};

export const createWebhookWorld = (options: WebhookWorldOptions = {}) => {
  const clock = createMemoryClock();
  const memoryQueue = createMemoryWorkQueue({ clock });
  const random = createSeededRandom(5);
  const memory = {
    webhooks: createMemoryWebhookStore({ random }),
    deliveries: createMemoryDeliveryStore(),
    caller: createScriptedCaller(),
  };
  const logger = createMemoryLogger('info');
  const deps = {
    clock,
    random,
    logger,
    maxReceiveCount: 5,
    secrets: createTestSecrets(),
    webhooks: { ...memory.webhooks, ...options.webhooks?.(memory.webhooks) },
    deliveries: { ...memory.deliveries, ...options.deliveries?.(memory.deliveries) },
    caller: { ...memory.caller, ...options.caller?.(memory.caller) },
    queue: { ...memoryQueue, ...options.queue?.(memoryQueue) },
  };
  const meta: RecordMeta = {
    requestId: 'request-1',
    attempt: 1,
    lastAttempt: false,
    signal: new AbortController().signal,
    remainingMs: 27_000,
    logger,
  };
  const manage = createManageWebhooks(deps);
  const notify = createNotifyWebhooks(deps);
  const deliver = createDeliverWebhook(deps);
  const sweepWebhooks = createSweepWebhooks(deps);
  const handlers = {
    notifications: createBatchHandler(deps, {
      from: 'notifications',
      handle: ({ body }, record) => notify(anyNotification.parse(JSON.parse(body)), record),
    }),
    webhooks: createBatchHandler(deps, {
      from: 'webhooks',
      handle: ({ body }, record) => deliver(webhookMessage.parse(JSON.parse(body)), record),
    }),
  };

  /** Works every visible message as Lambda would; what failed stays hidden. */
  const drain = async (): Promise<void> => {
    for (const name of ['notifications', 'webhooks'] as const) {
      for (;;) {
        const received = memoryQueue.receive(name);
        if (received.length === 0) break;
        const records = received.map(({ receiveCount, ...message }) =>
          sqsRecord(message.body, { ...message, attempt: receiveCount }),
        );
        const { batchItemFailures } = await handlers[name](sqsEvent(...records), invocation());
        const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        for (const { messageId, receiptHandle } of received) {
          if (!failed.has(messageId)) memoryQueue.remove(name, receiptHandle);
        }
      }
    }
  };

  const sweep = (): Promise<number> => sweepWebhooks(new AbortController().signal);
  return {
    ...memory,
    deps,
    clock,
    meta,
    memoryQueue,
    manage,
    notify,
    deliver,
    drain,
    sweep,
    log: createWebhookLog(deps),
    calls: (): readonly WebhookCall[] => memory.caller.calls,
    attemptsAt: (url: string): number =>
      memory.caller.calls.filter((call) => call.url === url).length,
    /** A webhook of `tenant` for everything. */
    async hook(tenant = 'acme', url = 'https://hooks.example.org/in') {
      const { webhook, secret } = await manage.create(tenant, { url, events: [...WEBHOOK_EVENTS] });
      return { ...webhook, tenant, secret };
    },
    /** Announces the end of an upload and works what follows. */
    async announce(overrides: Partial<Notification> | GroupNotification = {}) {
      const told = 'groupId' in overrides ? overrides : { ...NOTIFICATION, ...overrides };
      await memoryQueue.send('notifications', [told]);
      await drain();
    },
    /** Lets `ms` pass a minute at a time, each with a sweep, as the schedule does. */
    async pass(ms: number) {
      for (let minute = 0; minute < ms / 60_000; minute += 1) {
        clock.tick(60_000);
        await sweep();
        await drain();
      }
    },
  };
};
