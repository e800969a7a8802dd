/** Queues that cost next to nothing: what is measured is what the handlers do, not what holds their messages. */
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { QueueName, WorkQueue } from '../../shared/ports/work-queue.ts';

export interface BenchQueue extends WorkQueue {
  deliver(queue: QueueName, body: string): void;
  /** Up to `max` messages as Lambda hands them over; they are gone at once, so a failure fails the bench. */
  take(queue: QueueName, max: number): SQSEvent | undefined;
  length(queue: QueueName): number;
}

const recordOf = (queue: QueueName, number: number, body: string): SQSRecord => ({
  messageId: `message-${number}`,
  receiptHandle: `receipt-${number}`,
  body,
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '1767225600000',
    SenderId: 'AIDAEXAMPLE',
    ApproximateFirstReceiveTimestamp: '1767225600001',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:sluice-bench-${queue}`,
  awsRegion: 'eu-central-1',
});

/** First in, first out, by two stacks of bodies: taking from the front of a long array would copy it. */
const createLine = () => {
  let incoming: string[] = [];
  let outgoing: string[] = [];
  return {
    push: (body: string) => incoming.push(body),
    shift(): string | undefined {
      if (outgoing.length === 0) {
        outgoing = incoming.reverse();
        incoming = [];
      }
      return outgoing.pop();
    },
    length: () => incoming.length + outgoing.length,
  };
};

export const createBenchQueue = (): BenchQueue => {
  const lines = new Map<QueueName, ReturnType<typeof createLine>>();
  let taken = 0;
  const lineOf = (queue: QueueName) => {
    const line = lines.get(queue) ?? createLine();
    lines.set(queue, line);
    return line;
  };
  return {
    async send(queue, messages) {
      for (const message of messages) lineOf(queue).push(JSON.stringify(message));
    },
    hide: () => Promise.reject(new Error('A record failed in a bench where nothing may fail.')),
    deliver: (queue, body) => void lineOf(queue).push(body),
    take(queue, max) {
      const records: SQSRecord[] = [];
      while (records.length < max) {
        const body = lineOf(queue).shift();
        if (body === undefined) break;
        taken += 1;
        records.push(recordOf(queue, taken, body));
      }
      return records.length === 0 ? undefined : { Records: records };
    },
    length: (queue) => lineOf(queue).length(),
  };
};
