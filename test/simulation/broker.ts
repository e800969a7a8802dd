/** The queues as the platform runs them: it polls when something is visible, and delivers what it likes, as often as it likes. */

import type { ReceivedMessage } from '../../shared/adapters/memory/memory-queue.ts';
import {
  createMemoryWorkQueue,
  type MemoryQueueName,
  type MemoryWorkQueue,
} from '../../shared/adapters/memory/memory-work-queue.ts';
import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { QUEUES, type QueueName } from '../../shared/ports/work-queue.ts';
import type { FaultPlan } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

export type Consume = (queue: MemoryQueueName, messages: readonly ReceivedMessage[]) => void;

export interface Broker {
  send(queue: QueueName, body: string): string;
  hide(queue: QueueName, receiptHandle: string, seconds: number): Promise<void>;
  ack(queue: MemoryQueueName, receiptHandle: string): void;
  /** Nobody polls this queue until then. */
  switchOff(queue: QueueName, until: number): void;
  /** Takes away what is visible. */
  purge(queue: QueueName): readonly ReceivedMessage[];
  /** Delivers once more, at about this moment, a message that was sent before and has `text` in it. */
  again(queue: QueueName, text: string): void;
  messages: MemoryWorkQueue['messages'];
  consumeWith(consume: Consume): void;
}

export interface BrokerOptions {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly faults: FaultPlan;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** `infra/queues.yml`: six times the function's time. */
const VISIBILITY_SECONDS: Readonly<Record<QueueName, number>> = {
  'upload-events': 360,
  light: 5400,
  heavy: 5400,
  finalize: 180,
  notifications: 180,
  deletions: 360,
  webhooks: 180,
};
const DLQ_VISIBILITY_SECONDS = 180;
/** A visibility nobody should configure: messages come back while they are being worked. */
const TOO_SHORT_SECONDS = 20;

const dlqOf = (queue: QueueName): MemoryQueueName => `${queue}-dlq`;
export const ALL_QUEUES: readonly MemoryQueueName[] = [...QUEUES, ...QUEUES.map(dlqOf)];

const isMain = (queue: MemoryQueueName): queue is QueueName =>
  QUEUES.some((name) => name === queue);

export const createBroker = ({ scheduler, random, faults }: BrokerOptions): Broker => {
  const isShort = faults.happens('short-visibility');
  const terms = Object.fromEntries(
    QUEUES.map((queue) => {
      const visibilitySeconds = isShort ? TOO_SHORT_SECONDS : VISIBILITY_SECONDS[queue];
      return [queue, { visibilitySeconds }];
    }),
  );
  const work = createMemoryWorkQueue({
    clock: { now: scheduler.now, sleep: async () => {} },
    random,
    terms,
  });
  const visibilityOf = (queue: MemoryQueueName): number => {
    if (!isMain(queue)) return DLQ_VISIBILITY_SECONDS;
    return isShort ? TOO_SHORT_SECONDS : VISIBILITY_SECONDS[queue];
  };
  const offUntil = new Map<MemoryQueueName, number>();
  let consume: Consume = () => undefined;

  const pollIn = (queue: MemoryQueueName, ms: number): void => {
    scheduler.after(ms, () => poll(queue));
  };

  const poll = (queue: MemoryQueueName): void => {
    const off = offUntil.get(queue) ?? 0;
    if (off > scheduler.now()) {
      scheduler.at(off, () => poll(queue));
      return;
    }
    const max = queue === 'heavy' ? 1 : 1 + random.below(10);
    const messages = work.receive(queue, max);
    if (isMain(queue) && work.messages(dlqOf(queue)).length > 0)
      pollIn(dlqOf(queue), random.below(SECOND));
    if (messages.length === 0) return;
    const now = scheduler.now();
    for (const { messageId } of messages) {
      pollIn(queue, visibilityOf(queue) * SECOND + random.below(SECOND));
      // The same message to a second worker while the first is at it.
      if (isMain(queue) && faults.happens('duplicate-message')) {
        scheduler.after(random.below(2 * MINUTE), () => {
          work.duplicate(queue, messageId);
          poll(queue);
        });
      }
    }
    if (work.messages(queue).some(({ visibleAt }) => visibleAt <= now))
      pollIn(queue, random.below(SECOND));
    consume(queue, messages);
  };

  const sent = new Map<QueueName, { readonly messageId: string; readonly body: string }[]>();
  const send = (queue: QueueName, body: string): string => {
    const messageId = work.deliver(queue, body);
    sent.set(queue, [...(sent.get(queue) ?? []), { messageId, body }]);
    const delay = faults.happens('delay-message')
      ? random.below(30 * MINUTE)
      : random.below(SECOND);
    pollIn(queue, delay);
    if (faults.happens('duplicate-message')) {
      scheduler.after(random.below(random.chance(0.5) ? 5 * SECOND : 60 * MINUTE), () => {
        work.duplicate(queue, messageId);
        poll(queue);
      });
    }
    // A redrive, or an operator: the same body under another id, perhaps days later.
    if (faults.happens('zombie-message')) {
      scheduler.after(random.below(2 * 24 * 60 * MINUTE), () => {
        work.deliver(queue, body);
        pollIn(queue, random.below(SECOND));
      });
    }
    return messageId;
  };

  return {
    send,
    async hide(queue, receiptHandle, seconds) {
      await work.hide(queue, receiptHandle, seconds);
      pollIn(queue, seconds * SECOND + random.below(SECOND));
    },
    ack: (queue, receiptHandle) => work.remove(queue, receiptHandle),
    switchOff(queue, until) {
      offUntil.set(queue, until);
    },
    purge(queue) {
      const gone = work.receive(queue, 1000);
      for (const { receiptHandle } of gone) work.remove(queue, receiptHandle);
      return gone;
    },
    again(queue, text) {
      const known = (sent.get(queue) ?? []).filter(({ body }) => body.includes(text));
      const one = known[random.below(known.length)];
      if (one === undefined) return;
      work.duplicate(queue, one.messageId);
      pollIn(queue, random.below(50));
    },
    messages: work.messages,
    consumeWith(next) {
      consume = next;
    },
  };
};
