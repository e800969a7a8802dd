/** One queue in memory: visibility, receive counts, receipts, retention, fair turns. Time comes from the caller. */
import { createFairShare } from './fair-share.ts';

export interface QueueTerms {
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  /** A message received so often is dead instead of handed out again. */
  readonly maxReceiveCount: number;
}

/** A message as it lies in a queue. */
export interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  /** Whom it is of, for a fair turn. */
  readonly group?: string | undefined;
  /** Of the first sending: it goes with a message into its dead-letter queue. */
  readonly sentAt: number;
  readonly receiveCount: number;
  readonly visibleAt: number;
}

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** 1 at the first delivery. */
  readonly receiveCount: number;
  readonly sentAt: number;
}

interface Entry {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  readonly group: string | undefined;
  receiveCount: number;
  receivedAt: number;
  visibleAt: number;
}

type Sent = Pick<StoredMessage, 'messageId' | 'body' | 'sentAt' | 'group'>;

export interface MemoryQueue<Terms extends QueueTerms> {
  readonly terms: Terms;
  add(message: Sent, now: number): void;
  /** What may be handed out now, in the order of a fair queue, and, taken out of the queue, what was received too often. */
  takeVisible(
    now: number,
    mixed?: (messages: readonly StoredMessage[]) => readonly StoredMessage[],
  ): {
    readonly visible: readonly StoredMessage[];
    readonly dead: readonly StoredMessage[];
  };
  /** Hands out one of the visible messages and hides it. */
  hand(message: StoredMessage, receiptHandle: string, now: number): ReceivedMessage;
  hide(receiptHandle: string, seconds: number, now: number): void;
  remove(receiptHandle: string, now: number): void;
  duplicate(messageId: string, now: number): void;
  /** Takes everything out, oldest first. */
  drain(): readonly string[];
  messages(now: number): readonly StoredMessage[];
}

export const createMemoryQueue = <Terms extends QueueTerms>(terms: Terms): MemoryQueue<Terms> => {
  let entries: Entry[] = [];
  /** Which entry a receipt was given for, and every message there ever was: both outlive the message. */
  const receipts = new Map<string, Entry>();
  const known = new Map<string, Sent>();
  const fairShare = createFairShare();
  const inFlight = (now: number): readonly Entry[] =>
    entries.filter(({ visibleAt, receiveCount }) => visibleAt > now && receiveCount > 0);

  const forgetExpired = (now: number): void => {
    const oldest = now - terms.retentionSeconds * 1000;
    entries = entries.filter(({ sentAt }) => sentAt > oldest);
  };
  const add = ({ messageId, body, sentAt, group }: Sent, now: number): void => {
    const sent = { messageId, body, sentAt, group };
    known.set(messageId, sent);
    entries.push({ ...sent, receiveCount: 0, receivedAt: now, visibleAt: now });
  };

  return {
    terms,
    add,
    takeVisible(now, mixed = (messages) => messages) {
      forgetExpired(now);
      const ready = entries.filter(({ visibleAt }) => visibleAt <= now);
      // SQS moves a message only when someone tries to receive it once more.
      const dead = ready.filter(({ receiveCount }) => receiveCount >= terms.maxReceiveCount);
      const gone = new Set(dead);
      entries = entries.filter((entry) => !gone.has(entry));
      const visible = mixed(ready.filter((entry) => !gone.has(entry)));
      const groupOf = ({ group }: StoredMessage) => group;
      return { visible: fairShare.order({ visible, inFlight: inFlight(now), groupOf, now }), dead };
    },
    hand(message, receiptHandle, now) {
      const entry = entries.find((other) => other === message);
      if (entry === undefined) throw new Error(`Message ${message.messageId} is not in the queue.`);
      entry.receiveCount += 1;
      entry.receivedAt = now;
      entry.visibleAt = now + terms.visibilitySeconds * 1000;
      receipts.set(receiptHandle, entry);
      const { messageId, body, receiveCount, sentAt } = entry;
      return { messageId, receiptHandle, body, receiveCount, sentAt };
    },
    hide(receiptHandle, seconds, now) {
      const entry = receipts.get(receiptHandle);
      // Visible again already: SQS refuses, and there is nothing left to hide.
      if (entry !== undefined && entry.visibleAt > now) entry.visibleAt = now + seconds * 1000;
    },
    remove(receiptHandle, now) {
      const entry = receipts.get(receiptHandle);
      if (entry !== undefined) fairShare.worked(entry.group, now - entry.receivedAt, now);
      entries = entries.filter((other) => other !== entry);
    },
    duplicate(messageId, now) {
      const sent = known.get(messageId);
      if (sent === undefined) throw new Error(`There never was a message ${messageId}.`);
      const count = entries.find((entry) => entry.messageId === messageId)?.receiveCount ?? 0;
      entries.push({
        ...sent,
        group: sent.group,
        receiveCount: count,
        receivedAt: now,
        visibleAt: now,
      });
    },
    drain() {
      const bodies = entries.map(({ body }) => body);
      entries = [];
      return bodies;
    },
    messages(now) {
      forgetExpired(now);
      return entries.map((entry) => ({ ...entry }));
    },
  };
};
