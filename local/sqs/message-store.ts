/**
 * The messages of one queue: which can be received, which are hidden, which are too old.
 * Knows no clock and no network; every call is told the time in milliseconds.
 */
import { createFairShare, type FairShare } from '../../shared/adapters/memory/fair-share.ts';
import type { Message } from './message.ts';

export type MessageStore = {
  readonly byId: Map<string, Message>;
  readonly visible: Set<Message>;
  readonly hidden: Set<Message>;
  /** Whose turn it is when many wait. */
  readonly fairShare: FairShare;
  /** Asked on every use, since SetQueueAttributes may change it. */
  readonly retentionMs: () => number;
  /** Lower bounds, so that most calls need not look at every message. */
  nextDueAt: number;
  oldestSentAt: number;
};

/** A message handed to a receiver. `undo` returns it as if it had never been received. */
export type Delivery = {
  readonly message: Message;
  readonly receipt: number;
  readonly receiveCount: number;
  readonly firstReceivedAt: number;
  readonly undo: () => void;
};

export type Counts = {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
};

export type TakeOptions = {
  readonly now: number;
  readonly max: number;
  readonly visibilityMs: number;
  /** Says, and does it, whether a visible message is dead instead of deliverable. */
  readonly bury: (message: Message) => boolean;
  /** Says whether this delivery shall happen a second time; a fault for tests. */
  readonly duplicate: () => boolean;
};

export const createMessageStore = (retentionMs: () => number): MessageStore => ({
  byId: new Map(),
  visible: new Set(),
  hidden: new Set(),
  fairShare: createFairShare(),
  retentionMs,
  nextDueAt: Number.POSITIVE_INFINITY,
  oldestSentAt: Number.POSITIVE_INFINITY,
});

/** Adds a message; it can be received once `message.visibleAt` is reached. */
export const addMessage = (store: MessageStore, message: Message): void => {
  store.byId.set(message.id, message);
  store.oldestSentAt = Math.min(store.oldestSentAt, message.sentAt);
  hideUntil(store, message, message.visibleAt);
};

export const removeMessage = (store: MessageStore, message: Message): void => {
  store.byId.delete(message.id);
  store.visible.delete(message);
  store.hidden.delete(message);
};

export const hideUntil = (store: MessageStore, message: Message, visibleAt: number): void => {
  message.visibleAt = visibleAt;
  store.visible.delete(message);
  store.hidden.add(message);
  store.nextDueAt = Math.min(store.nextDueAt, visibleAt);
};

/** Hands out up to `max` visible messages, in the order of a fair queue, and hides them. */
export const takeMessages = (store: MessageStore, options: TakeOptions): Delivery[] => {
  settle(store, options.now);
  const deliveries: Delivery[] = [];
  const turn = store.fairShare.order({
    visible: [...store.visible],
    inFlight: [...store.hidden].filter(({ receipt }) => receipt > 0),
    groupOf: ({ groupId }) => groupId,
    now: options.now,
  });
  for (const message of turn) {
    if (deliveries.length === options.max) break;
    if (!options.bury(message)) deliveries.push(deliver(store, message, options));
  }
  return deliveries;
};

export const countMessages = (store: MessageStore, now: number): Counts => {
  settle(store, now);
  // A hidden message that nobody has received yet is a delayed one.
  let delayed = 0;
  for (const message of store.hidden) if (message.receipt === 0) delayed += 1;
  return { visible: store.visible.size, inFlight: store.hidden.size - delayed, delayed };
};

/** Brings the store to `now`: forgets what is past retention, shows what is due. */
export const settle = (store: MessageStore, now: number): void => {
  dropExpired(store, now);
  showDue(store, now);
};

const deliver = (store: MessageStore, message: Message, options: TakeOptions): Delivery => {
  const { visibleAt, receiveCount, firstReceivedAt } = message;
  message.receiveCount += 1;
  message.receipt += 1;
  message.firstReceivedAt ??= options.now;
  message.receivedAt = options.now;
  const { receipt } = message;
  if (!options.duplicate()) hideUntil(store, message, options.now + options.visibilityMs);

  const undo = () => {
    // Someone else has it by now, or it is deleted: nothing to return.
    if (store.byId.get(message.id) !== message || message.receipt !== receipt) return;
    Object.assign(message, { visibleAt, receiveCount, firstReceivedAt });
    store.hidden.delete(message);
    store.visible.add(message);
  };
  return {
    message,
    receipt,
    receiveCount: message.receiveCount,
    firstReceivedAt: message.firstReceivedAt,
    undo,
  };
};

const dropExpired = (store: MessageStore, now: number): void => {
  const oldestKept = now - store.retentionMs();
  if (store.oldestSentAt > oldestKept) return;
  store.oldestSentAt = Number.POSITIVE_INFINITY;
  for (const message of store.byId.values()) {
    if (message.sentAt <= oldestKept) removeMessage(store, message);
    else store.oldestSentAt = Math.min(store.oldestSentAt, message.sentAt);
  }
};

const showDue = (store: MessageStore, now: number): void => {
  if (store.nextDueAt > now) return;
  const due: Message[] = [];
  store.nextDueAt = Number.POSITIVE_INFINITY;
  for (const message of store.hidden) {
    if (message.visibleAt <= now) due.push(message);
    else store.nextDueAt = Math.min(store.nextDueAt, message.visibleAt);
  }
  due.sort((one, other) => one.visibleAt - other.visibleAt);
  for (const message of due) {
    store.hidden.delete(message);
    store.visible.add(message);
  }
};
