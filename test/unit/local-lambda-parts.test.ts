/** The parts of the event source mapping that need no queue: events, slots. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Message } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createSlots } from '../../local/lambda/slots.ts';
import { toSqsEvents, toSqsRecord } from '../../local/lambda/sqs-event.ts';

const queueArn = 'arn:aws:sqs:eu-central-1:111111111111:pipeline-uploads';

const message = (overrides: Partial<Message> = {}): Message => ({
  MessageId: '11111111-2222-4333-8444-555555555555',
  ReceiptHandle: 'handle',
  Body: '{"message":1}',
  MD5OfBody: '00000000000000000000000000000000',
  Attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1', SenderId: 's' },
  ...overrides,
});

describe('an SQS record', () => {
  const folder = fileURLToPath(
    new URL('../../../shared/aws-events/sqs-recorded/', import.meta.url),
  );
  const recorded = (existsSync(folder) ? readdirSync(folder) : [])
    .map((file) => JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as RecordedAnswer)
    .flatMap(({ Messages }) => Messages.flatMap(({ Body }) => Body.event?.Records ?? []));

  type RecordedAnswer = {
    readonly Messages: readonly { readonly Body: { readonly event?: SQSEvent } }[];
  };

  // The recordings stand beside the project, not in it; without them there is nothing to compare.
  it.skipIf(recorded.length === 0)('has the members that were recorded on AWS', () => {
    for (const record of recorded) {
      const attributes = record.messageAttributes;
      const built = toSqsRecord(
        message({
          Attributes: { ...record.attributes } as Record<string, string>,
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, { dataType, stringValue }]) => [
              name,
              { DataType: dataType, StringValue: stringValue },
            ]),
          ),
          ...('md5OfMessageAttributes' in record ? { MD5OfMessageAttributes: 'x' } : {}),
        }),
        record.eventSourceARN,
      );

      expect(Object.keys(built).sort()).toEqual(Object.keys(record).sort());
      expect(built.attributes).toEqual(record.attributes);
      expect(built.messageAttributes).toEqual(attributes);
      expect(built.awsRegion).toBe(record.awsRegion);
      expect(built.eventSource).toBe(record.eventSource);
      expect(built.eventSourceARN).toBe(record.eventSourceARN);
    }
  });

  it('carries binary attributes as base64', () => {
    const MessageAttributes = {
      Raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    };

    expect(toSqsRecord(message({ MessageAttributes }), queueArn).messageAttributes).toEqual({
      Raw: { binaryValue: 'AP8=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
    });
  });
});

describe('the events of a batch', () => {
  const record = toSqsRecord(message(), queueArn);
  const sizeOf = (event: SQSEvent) => Buffer.byteLength(JSON.stringify(event));

  it('are one where everything fits', () => {
    const records = [record, record];

    expect(toSqsEvents(records)).toEqual([{ Records: records }]);
    expect(toSqsEvents([])).toEqual([]);
  });

  it('are cut between records, each within the limit', () => {
    const limit = sizeOf({ Records: [record, record] }) + 1;

    const events = toSqsEvents([record, record, record, record, record], limit);

    expect(events.map(({ Records }) => Records.length)).toEqual([2, 2, 1]);
    for (const event of events) expect(sizeOf(event)).toBeLessThanOrEqual(limit);
  });

  it('carry a record that is too large alone', () => {
    expect(toSqsEvents([record, record], 1).map(({ Records }) => Records.length)).toEqual([1, 1]);
  });
});

describe('slots', () => {
  const never = new AbortController().signal;

  it('admit as many as there are, the rest in their order', async () => {
    const slots = createSlots(2);
    const order: string[] = [];
    const enter = async (name: string) => {
      const release = await slots.acquire(never);
      order.push(name);
      return release;
    };
    const [first] = await Promise.all([enter('a'), enter('b')]);
    const third = enter('c');
    const fourth = enter('d');

    await Promise.resolve();
    expect(order).toEqual(['a', 'b']);
    first();
    (await third)();
    await fourth;

    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('pass straight to who waits, past a newcomer of the same moment', async () => {
    const slots = createSlots(1);
    const release = await slots.acquire(never);
    const order: string[] = [];
    const waiting = slots.acquire(never).then((next) => {
      order.push('waiting');
      return next;
    });

    release();
    const newcomer = slots.acquire(never).then(() => order.push('newcomer'));
    (await waiting)();
    await newcomer;

    expect(order).toEqual(['waiting', 'newcomer']);
  });

  it('let go of who gives up waiting', async () => {
    const slots = createSlots(1);
    const release = await slots.acquire(never);
    const giveUp = new AbortController();
    const waiting = slots.acquire(giveUp.signal);

    giveUp.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    release();

    await slots.whenFree(never);
    await slots.acquire(never);
    await expect(slots.acquire(giveUp.signal)).rejects.toThrow('stopped');
  });
});
