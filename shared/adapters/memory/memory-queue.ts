/** One queue in memory: visibility, receive counts, receipts, retention. Time comes from the caller. */

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
  receiveCount: number;
  visibleAt: number;
}

type Sent = Pick<StoredMessage, 'messageId' | 'body' | 'sentAt'>;

export interface MemoryQueue<Terms extends QueueTerms> {
  readonly terms: Terms;
  add(message: Sent, now: number): void;
  /** What may be handed out now, and, taken out of the queue, what was received too often. */
  takeVisible(now: number): {
    readonly visible: readonly StoredMessage[];
    readonly dead: readonly StoredMessage[];
  };
  /** Hands out one of the visible messages and hides it. */
  hand(message: StoredMessage, receiptHandle: string, now: number): ReceivedMessage;
  hide(receiptHandle: string, seconds: number, now: number): void;
  remove(receiptHandle: string): void;
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

  const forgetExpired = (now: number): void => {
    const oldest = now - terms.retentionSeconds * 1000;
    entries = entries.filter(({ sentAt }) => sentAt > oldest);
  };
  const add = ({ messageId, body, sentAt }: Sent, now: number): void => {
    const sent = { messageId, body, sentAt };
    known.set(messageId, sent);
    entries.push({ ...sent, receiveCount: 0, visibleAt: now });
  };

  return {
    terms,
    add,
    takeVisible(now) {
      forgetExpired(now);
      const ready = entries.filter(({ visibleAt }) => visibleAt <= now);
      // SQS moves a message only when someone tries to receive it once more.
      const dead = ready.filter(({ receiveCount }) => receiveCount >= terms.maxReceiveCount);
      const gone = new Set(dead);
      entries = entries.filter((entry) => !gone.has(entry));
      return { visible: ready.filter((entry) => !gone.has(entry)), dead };
    },
    hand(message, receiptHandle, now) {
      const entry = entries.find((other) => other === message);
      if (entry === undefined) throw new Error(`Message ${message.messageId} is not in the queue.`);
      entry.receiveCount += 1;
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
    remove(receiptHandle) {
      const entry = receipts.get(receiptHandle);
      entries = entries.filter((other) => other !== entry);
    },
    duplicate(messageId, now) {
      const sent = known.get(messageId);
      if (sent === undefined) throw new Error(`There never was a message ${messageId}.`);
      const count = entries.find((entry) => entry.messageId === messageId)?.receiveCount ?? 0;
      entries.push({ ...sent, receiveCount: count, visibleAt: now });
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
