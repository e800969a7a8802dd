/** One standard queue: sending, receiving with long polls, deleting, visibility. */
import { SqsError } from './errors.ts';
import { maxInFlight } from './limits.ts';
import type { Message } from './message.ts';
import {
  addMessage,
  type Counts,
  countMessages,
  createMessageStore,
  type Delivery,
  hideUntil,
  type MessageStore,
  removeMessage,
  settle,
  takeMessages,
} from './message-store.ts';
import { numberOf, type QueueAttributes, readRedrivePolicy } from './queue-attributes.ts';

/** What may go wrong on purpose. Each hook is asked once per occasion. */
export type SqsFaults = {
  /** True: the received message stays visible and is received a second time. */
  readonly duplicatesDelivery?: () => boolean;
  /** True: the delete is acknowledged and the copy comes back, as AWS warns it may. */
  readonly survivesDelete?: () => boolean;
};

export type QueueOptions = {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly attributes: QueueAttributes;
  readonly tags: Readonly<Record<string, string>>;
  readonly faults: SqsFaults;
  /** Moves a message to its dead-letter queue; false if that queue does not exist. */
  readonly deadLetter: (targetArn: string, message: Message) => boolean;
};

export type ReceiveOptions = {
  readonly max: number;
  readonly visibilitySeconds: number;
  readonly waitSeconds: number;
  /** Aborted when the receiver hangs up: it is then never handed a message. */
  readonly gone: AbortSignal;
};

export type Queue = Omit<QueueOptions, 'attributes' | 'tags'> & {
  attributes: QueueAttributes;
  tags: Readonly<Record<string, string>>;
  changedAt: number;
  readonly store: MessageStore;
  readonly waiters: Set<Waiter>;
  timer: NodeJS.Timeout | undefined;
  servingSoon: boolean;
};

type Waiter = ReceiveOptions & { readonly answer: (deliveries: readonly Delivery[]) => void };

export const createQueue = (options: QueueOptions): Queue => {
  const retentionMs = () => numberOf(queue.attributes, 'MessageRetentionPeriod') * 1000;
  const queue: Queue = {
    ...options,
    changedAt: options.createdAt,
    store: createMessageStore(retentionMs),
    waiters: new Set(),
    timer: undefined,
    servingSoon: false,
  };
  return queue;
};

/** Adds a message and wakes the receivers that wait for it. */
export const addToQueue = (queue: Queue, message: Message): void => {
  addMessage(queue.store, message);
  serveSoon(queue);
};

/** Receives up to `max` messages, waiting for the first one as long as told. */
export const receiveFromQueue = async (
  queue: Queue,
  options: ReceiveOptions,
): Promise<readonly Delivery[]> => {
  if (queueCounts(queue).inFlight >= maxInFlight) {
    throw new SqsError('OverLimit', `More than ${maxInFlight} messages are in flight.`);
  }
  await afterPendingInput();
  if (options.gone.aborted) return [];
  const deliveries = take(queue, options);
  if (deliveries.length > 0 || options.waitSeconds === 0) return deliveries;
  return new Promise((resolve) => wait(queue, options, resolve));
};

/** A handle that says which receive of which message it is; it dies with the next receive. */
export const receiptHandle = (queue: Queue, { message, receipt }: Delivery): string =>
  Buffer.from(`${queue.name} ${message.id} ${receipt}`).toString('base64');

/** Deletes a message. Succeeds without effect for a handle that a later receive has outdated. */
export const deleteFromQueue = (queue: Queue, handle: string): void => {
  const message = findByHandle(queue, handle);
  // "If you don't provide the most recent receipt handle, the request succeeds, but the message
  // might not be deleted" (SQS API, DeleteMessage). Here it never is: the nastier of the two.
  if (!message || queue.faults.survivesDelete?.()) return;
  const now = Date.now();
  queue.store.fairShare.worked(message.groupId, now - (message.receivedAt ?? now), now);
  removeMessage(queue.store, message);
};

/** Throws MessageNotInflight, or InvalidParameterValue where the handle has no living message. */
export const changeVisibility = (queue: Queue, handle: string, seconds: number): void => {
  const message = findByHandle(queue, handle);
  if (!message) {
    throw new SqsError(
      'InvalidParameterValueException',
      `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    );
  }
  const now = Date.now();
  settle(queue.store, now);
  if (!queue.store.hidden.has(message)) {
    throw new SqsError('MessageNotInflight', 'The message referred to is not in flight.');
  }
  hideUntil(queue.store, message, now + seconds * 1000);
  serveSoon(queue);
};

/** Takes one visible message out for good, for a move task. */
export const pullFromQueue = (queue: Queue): Message | undefined => {
  const never = () => false;
  const take = { now: Date.now(), max: 1, visibilityMs: 0, bury: never, duplicate: never };
  const [delivery] = takeMessages(queue.store, take);
  if (delivery) removeMessage(queue.store, delivery.message);
  return delivery?.message;
};

export const purgeQueue = (queue: Queue): void => {
  for (const message of queue.store.byId.values()) removeMessage(queue.store, message);
};

export const queueCounts = (queue: Queue): Counts => countMessages(queue.store, Date.now());

/** Answers every waiting receiver with nothing and stops the timer. */
export const closeQueue = (queue: Queue): void => {
  clearTimeout(queue.timer);
  for (const waiter of queue.waiters) waiter.answer([]);
};

const take = (queue: Queue, { max, visibilitySeconds }: ReceiveOptions): Delivery[] => {
  const policy = readRedrivePolicy(queue.attributes);
  const bury = (message: Message): boolean => {
    const receivedHere = message.receiveCount - (message.receivedElsewhere ?? 0);
    if (!policy || receivedHere < policy.maxReceiveCount) return false;
    if (!queue.deadLetter(policy.deadLetterTargetArn, message)) return false;
    removeMessage(queue.store, message);
    return true;
  };
  const deliveries = takeMessages(queue.store, {
    now: Date.now(),
    max,
    visibilityMs: visibilitySeconds * 1000,
    bury,
    duplicate: queue.faults.duplicatesDelivery ?? (() => false),
  });
  return deliveries.map((delivery) => ({
    ...delivery,
    undo: () => {
      delivery.undo();
      serveSoon(queue);
    },
  }));
};

const wait = (
  queue: Queue,
  options: ReceiveOptions,
  resolve: (deliveries: readonly Delivery[]) => void,
): void => {
  const leave = () => waiter.answer([]);
  const deadline = setTimeout(leave, options.waitSeconds * 1000);
  const waiter: Waiter = {
    ...options,
    answer: (deliveries) => {
      clearTimeout(deadline);
      options.gone.removeEventListener('abort', leave);
      queue.waiters.delete(waiter);
      resolve(deliveries);
    },
  };
  options.gone.addEventListener('abort', leave);
  queue.waiters.add(waiter);
  serveSoon(queue);
};

const serveSoon = (queue: Queue): void => {
  if (queue.servingSoon || queue.waiters.size === 0) return;
  queue.servingSoon = true;
  void afterPendingInput().then(() => serve(queue));
};

const serve = (queue: Queue): void => {
  queue.servingSoon = false;
  for (const waiter of queue.waiters) {
    const deliveries = take(queue, waiter);
    if (deliveries.length === 0) break;
    waiter.answer(deliveries);
  }
  clearTimeout(queue.timer);
  const wait = queue.store.nextDueAt - Date.now();
  if (queue.waiters.size > 0 && Number.isFinite(wait)) {
    queue.timer = setTimeout(serve, Math.max(1, wait), queue);
  }
};

/**
 * Resolves after the event loop has looked for input once more: a hang-up that arrived before the
 * message is seen before it. Two turns, because the first may already be past its look.
 */
const afterPendingInput = () =>
  new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

/** The message this handle is the living handle of. */
const findByHandle = (queue: Queue, handle: string): Message | undefined => {
  const parts = Buffer.from(handle, 'base64').toString().split(' ');
  const [queueName, id = '', receipt = ''] = parts;
  if (parts.length !== 3 || queueName !== queue.name || !/^\d+$/.test(receipt)) {
    throw new SqsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  }
  const message = queue.store.byId.get(id);
  return message?.receipt === Number(receipt) ? message : undefined;
};
