/** The queues in memory, at least as nasty as SQS documents, and deterministic: messages move only when someone asks. */
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { QUEUES, type QueueName, type WorkQueue } from '../../ports/work-queue.ts';
import {
  createMemoryQueue,
  type MemoryQueue as Queue,
  type QueueTerms,
  type ReceivedMessage,
  type StoredMessage,
} from './memory-queue.ts';

/** Behind every queue its dead letters, behind all of those the messages that could not even be buried. */
export type MemoryQueueName = QueueName | `${QueueName}-dlq` | 'unburied';

interface MemoryQueueTerms extends QueueTerms {
  readonly deadLetters: MemoryQueueName | undefined;
}

export interface MemoryWorkQueue extends WorkQueue {
  /** Puts a body that our own code did not make: an S3 event, or poison. */
  deliver(queue: MemoryQueueName, body: string, group?: string): string;
  /** Up to `max` visible messages, hidden from now on. */
  receive(queue: MemoryQueueName, max?: number): readonly ReceivedMessage[];
  /** Deletes what this receipt was for. An old receipt deletes too, as in a standard queue. */
  remove(queue: MemoryQueueName, receiptHandle: string): void;
  /** Lets a copy of a message appear at once, with the same id, even after it was removed: at-least-once delivery may. */
  duplicate(queue: MemoryQueueName, messageId: string): void;
  /** Sends what lies in a dead-letter queue back to where it came from, under new ids, as a redrive does. */
  redrive(queue: QueueName): number;
  /** When the next hidden message of any queue appears; undefined when none is hidden. */
  nextVisibleAt(): number | undefined;
  messages(queue: MemoryQueueName): readonly StoredMessage[];
}

export interface MemoryWorkQueueOptions {
  readonly clock: Clock;
  /** Chooses the order of delivery; without one the oldest comes first. */
  readonly random?: Random | undefined;
  readonly terms?: Partial<Record<MemoryQueueName, Partial<MemoryQueueTerms>>> | undefined;
}

const DAY_SECONDS = 24 * 60 * 60;

/** The terms of `infra/queues.yml`, with one visibility for all queues. */
const usualTerms = (queue: MemoryQueueName): MemoryQueueTerms => {
  const terms = { visibilitySeconds: 180, maxReceiveCount: 5 };
  if (queue === 'unburied') {
    const end = { maxReceiveCount: Number.POSITIVE_INFINITY, deadLetters: undefined };
    return { ...terms, retentionSeconds: 14 * DAY_SECONDS, ...end };
  }
  return queue.endsWith('-dlq')
    ? { ...terms, retentionSeconds: 10 * DAY_SECONDS, deadLetters: 'unburied' }
    : { ...terms, retentionSeconds: 4 * DAY_SECONDS, deadLetters: `${queue as QueueName}-dlq` };
};

/** An order that the seed decides: Fisher and Yates. */
const shuffled = <T>(entries: readonly T[], random: Random): readonly T[] => {
  const rest = [...entries];
  return entries.flatMap(() => rest.splice(Math.floor(random.fraction() * rest.length), 1));
};

const createQueues = (terms: MemoryWorkQueueOptions['terms'] = {}) => {
  const names: readonly MemoryQueueName[] = [
    ...QUEUES,
    ...QUEUES.map((name): MemoryQueueName => `${name}-dlq`),
    'unburied',
  ];
  const queues = new Map(
    names.map((name): [MemoryQueueName, Queue<MemoryQueueTerms>] => [
      name,
      createMemoryQueue({ ...usualTerms(name), ...terms[name] }),
    ]),
  );
  return {
    all: () => [...queues.values()],
    of(name: MemoryQueueName): Queue<MemoryQueueTerms> {
      const queue = queues.get(name);
      if (queue === undefined) throw new Error(`There is no queue ${name}.`);
      return queue;
    },
  };
};

export const createMemoryWorkQueue = (options: MemoryWorkQueueOptions): MemoryWorkQueue => {
  const { clock, random } = options;
  const queues = createQueues(options.terms);
  let lastId = 0;
  const nextId = (kind: string): string => {
    lastId += 1;
    return `${kind}-${String(lastId).padStart(6, '0')}`;
  };
  const deliver = (name: MemoryQueueName, body: string, group?: string): string => {
    const messageId = nextId('message');
    queues.of(name).add({ messageId, body, sentAt: clock.now(), group }, clock.now());
    return messageId;
  };

  return {
    async send(name, messages, group) {
      const bodies = messages.map((message) => JSON.stringify(message));
      for (const body of bodies) deliver(name, body, group);
    },
    hide: async (name, receiptHandle, seconds) =>
      queues.of(name).hide(receiptHandle, seconds, clock.now()),
    deliver,
    receive(name, max = 10) {
      const queue = queues.of(name);
      const mixed = random && ((messages: readonly StoredMessage[]) => shuffled(messages, random));
      const { visible, dead } = queue.takeVisible(clock.now(), mixed);
      const { deadLetters } = queue.terms;
      if (deadLetters !== undefined) {
        for (const message of dead) queues.of(deadLetters).add(message, clock.now());
      }
      return visible
        .slice(0, max)
        .map((message) => queue.hand(message, nextId('receipt'), clock.now()));
    },
    remove: (name, receiptHandle) => queues.of(name).remove(receiptHandle, clock.now()),
    duplicate: (name, messageId) => queues.of(name).duplicate(messageId, clock.now()),
    redrive(name) {
      const bodies = queues.of(`${name}-dlq`).drain();
      for (const body of bodies) deliver(name, body);
      return bodies.length;
    },
    nextVisibleAt() {
      const hidden = queues
        .all()
        .flatMap((queue) => queue.messages(clock.now()))
        .map(({ visibleAt }) => visibleAt)
        .filter((visibleAt) => visibleAt > clock.now());
      return hidden.length === 0 ? undefined : Math.min(...hidden);
    },
    messages: (name) => queues.of(name).messages(clock.now()),
  };
};
