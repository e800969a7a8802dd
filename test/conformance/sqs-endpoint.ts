/**
 * What an SQS endpoint must do for Sluice, asked through the AWS SDK.
 * Runs against the local SQS, and against any other endpoint that a client is made for.
 */
import { randomUUID } from 'node:crypto';
import {
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type Message,
  PurgeQueueCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type ClientFactory = (overrides?: { readonly accessKeyId?: string }) => SQSClient;

/**
 * Declares the suite; its tests run side by side, each on queues of its own, since most of them wait.
 * `makeClient` is first called inside a hook, so a server may start before.
 */
export const sqsEndpointSuite = (title: string, makeClient: ClientFactory): void => {
  describe.concurrent(title, () => {
    let sqs: SQSClient;
    const made: string[] = [];

    beforeAll(() => {
      sqs = makeClient();
    });

    afterAll(async () => {
      for (const QueueUrl of made) await sqs.send(new DeleteQueueCommand({ QueueUrl }));
      sqs.destroy();
    });

    const createQueue = async (attributes: Partial<Record<QueueAttributeName, string>> = {}) => {
      const QueueName = `sluice-${randomUUID()}`;
      const created = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: attributes }));
      made.push(created.QueueUrl!);
      return { url: created.QueueUrl!, name: QueueName, arn: await arnOf(created.QueueUrl!) };
    };

    const createPair = async (maxReceiveCount: number) => {
      const dlq = await createQueue();
      const policy = JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount });
      const source = await createQueue({ RedrivePolicy: policy });
      return { dlq, source };
    };

    const attributesOf = async (QueueUrl: string) => {
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
      return (await sqs.send(command)).Attributes ?? {};
    };

    const arnOf = async (url: string) => (await attributesOf(url)).QueueArn!;

    const send = async (QueueUrl: string, MessageBody: string) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

    const receive = async (
      QueueUrl: string,
      options: Omit<ReceiveMessageCommandInput, 'QueueUrl'> = {},
    ): Promise<Message[]> => {
      const answer = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          WaitTimeSeconds: 5,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
          ...options,
        }),
      );
      return answer.Messages ?? [];
    };

    /** Polls until `enough` bodies came, each acknowledged. */
    const drain = async (url: string, enough: number): Promise<Message[]> => {
      const found: Message[] = [];
      for (let polls = 0; found.length < enough && polls < 20; polls += 1) {
        const messages = await receive(url, { MaxNumberOfMessages: 10, WaitTimeSeconds: 2 });
        found.push(...messages);
        for (const { ReceiptHandle } of messages) {
          await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
        }
      }
      return found;
    };

    const waitUntil = async (holds: () => Promise<boolean>) => {
      for (let tries = 0; tries < 100; tries += 1) {
        if (await holds()) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('The condition did not come true in time.');
    };

    describe('queues', () => {
      it('are found by name, listed by prefix and described', async () => {
        const queue = await createQueue({ VisibilityTimeout: '45' });

        const found = await sqs.send(new GetQueueUrlCommand({ QueueName: queue.name }));
        const listed = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: queue.name }));
        const attributes = await attributesOf(queue.url);

        expect(found.QueueUrl).toBe(queue.url);
        expect(listed.QueueUrls).toEqual([queue.url]);
        expect(queue.arn).toMatch(new RegExp(`^arn:aws:sqs:[a-z0-9-]+:\\d+:${queue.name}$`));
        expect(attributes).toMatchObject({
          VisibilityTimeout: '45',
          MessageRetentionPeriod: '345600',
          DelaySeconds: '0',
          ReceiveMessageWaitTimeSeconds: '0',
          ApproximateNumberOfMessages: '0',
          ApproximateNumberOfMessagesNotVisible: '0',
          ApproximateNumberOfMessagesDelayed: '0',
        });
      });

      it('are created once by equal calls and refused by different ones', async () => {
        const queue = await createQueue({ VisibilityTimeout: '45' });
        const again = (VisibilityTimeout: string) =>
          sqs.send(
            new CreateQueueCommand({ QueueName: queue.name, Attributes: { VisibilityTimeout } }),
          );

        expect((await again('45')).QueueUrl).toBe(queue.url);
        await expect(again('46')).rejects.toMatchObject({ name: 'QueueNameExists' });
      });

      it('carry tags', async () => {
        const QueueName = `sluice-${randomUUID()}`;
        const tags = { stage: 'test' };
        const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, tags }));
        made.push(QueueUrl!);

        const answer = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));

        expect(answer.Tags).toEqual(tags);
      });

      it('change their attributes and refuse impossible ones', async () => {
        const { url } = await createQueue();
        const set = (Attributes: Record<string, string>) =>
          sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));

        await set({ VisibilityTimeout: '7' });

        expect(await attributesOf(url)).toMatchObject({ VisibilityTimeout: '7' });
        await expect(set({ VisibilityTimeout: '43201' })).rejects.toMatchObject({
          name: 'InvalidAttributeValue',
        });
        await expect(set({ Colour: 'red' })).rejects.toMatchObject({
          name: 'InvalidAttributeName',
        });
      });

      it('that do not exist are named as such', async () => {
        const { url } = await createQueue();
        const get = new GetQueueUrlCommand({ QueueName: `sluice-${randomUUID()}` });

        await expect(sqs.send(get)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
        await expect(send(`${url}-not`, 'x')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
      });

      it('refuse an unknown access key with 403', async () => {
        const { url } = await createQueue();
        const stranger = makeClient({ accessKeyId: 'AKIAUNKNOWNUNKNOWN00' });

        const refusal = stranger.send(new ReceiveMessageCommand({ QueueUrl: url }));

        await expect(refusal).rejects.toMatchObject({
          name: 'InvalidClientTokenId',
          $metadata: { httpStatusCode: 403 },
        });
        stranger.destroy();
      });
    });

    describe('messages', () => {
      it('come out as they went in, with digests, attributes and counters', async () => {
        const { url } = await createQueue();
        const sent = await sqs.send(
          new SendMessageCommand({
            QueueUrl: url,
            MessageBody: 'Grüße, 世界 🌍\n\t"quoted"',
            MessageGroupId: 'tenant-1',
            MessageAttributes: {
              Title: { DataType: 'String', StringValue: 'The Whistler' },
              Author: { DataType: 'String', StringValue: 'John Grisham' },
              WeeksOn: { DataType: 'Number', StringValue: '6' },
            },
          }),
        );

        const [message] = await receive(url);

        expect(message?.MessageId).toBe(sent.MessageId);
        expect(message?.Body).toBe('Grüße, 世界 🌍\n\t"quoted"');
        // The digest AWS itself gave for these three attributes.
        expect(sent.MD5OfMessageAttributes).toBe('d25a6aea97eb8f585bfa92d314504a92');
        expect(message?.MD5OfMessageAttributes).toBe('d25a6aea97eb8f585bfa92d314504a92');
        expect(message?.MessageAttributes?.WeeksOn).toMatchObject({
          DataType: 'Number',
          StringValue: '6',
        });
        expect(message?.Attributes).toMatchObject({
          ApproximateReceiveCount: '1',
          MessageGroupId: 'tenant-1',
          SenderId: expect.any(String),
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        });
      });

      it('carry binary attributes', async () => {
        const { url } = await createQueue();
        const BinaryValue = new Uint8Array([0, 255, 128, 10]);
        await sqs.send(
          new SendMessageCommand({
            QueueUrl: url,
            MessageBody: 'x',
            MessageAttributes: { Raw: { DataType: 'Binary', BinaryValue } },
          }),
        );

        const [message] = await receive(url);

        expect([...message!.MessageAttributes!.Raw!.BinaryValue!]).toEqual([0, 255, 128, 10]);
      });

      it('show only the attributes that were asked for', async () => {
        const { url } = await createQueue();
        await sqs.send(
          new SendMessageCommand({
            QueueUrl: url,
            MessageBody: 'x',
            MessageAttributes: {
              'trace.id': { DataType: 'String', StringValue: '1' },
              other: { DataType: 'String', StringValue: '2' },
            },
          }),
        );

        const [message] = await receive(url, {
          MessageSystemAttributeNames: ['SentTimestamp'],
          MessageAttributeNames: ['trace.*'],
        });

        expect(Object.keys(message?.Attributes ?? {})).toEqual(['SentTimestamp']);
        expect(Object.keys(message?.MessageAttributes ?? {})).toEqual(['trace.id']);
      });

      it('are gone once deleted', async () => {
        const { url } = await createQueue({ VisibilityTimeout: '1' });
        await send(url, 'x');
        const [message] = await receive(url);

        await sqs.send(
          new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message!.ReceiptHandle }),
        );

        expect(await receive(url, { WaitTimeSeconds: 2 })).toEqual([]);
        expect(await attributesOf(url)).toMatchObject({
          ApproximateNumberOfMessages: '0',
          ApproximateNumberOfMessagesNotVisible: '0',
        });
      });

      it('stay hidden for their delay', async () => {
        const { url } = await createQueue();
        await sqs.send(
          new SendMessageCommand({ QueueUrl: url, MessageBody: 'later', DelaySeconds: 1 }),
        );

        expect(await receive(url, { WaitTimeSeconds: 0 })).toEqual([]);
        expect(await attributesOf(url)).toMatchObject({ ApproximateNumberOfMessagesDelayed: '1' });
        expect((await receive(url))[0]?.Body).toBe('later');
      });

      it('are all gone after a purge', async () => {
        const { url } = await createQueue();
        await send(url, 'one');
        await send(url, 'two');

        await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));

        await waitUntil(async () => (await receive(url, { WaitTimeSeconds: 0 })).length === 0);
      });

      it('with characters outside XML, or without a body, are refused', async () => {
        const { url } = await createQueue();

        await expect(send(url, 'bell \u0007')).rejects.toMatchObject({
          name: 'InvalidMessageContents',
        });
        await expect(send(url, '')).rejects.toMatchObject({
          name: expect.stringMatching(/^Missing(Required)?Parameter/),
        });
      });
    });

    describe('visibility', () => {
      it('brings a message back after its timeout, counted, under a new handle', async () => {
        const { url } = await createQueue({ VisibilityTimeout: '1' });
        await send(url, 'x');

        const [first] = await receive(url);
        const whileHidden = await receive(url, { WaitTimeSeconds: 0 });
        const [second] = await receive(url);

        expect(whileHidden).toEqual([]);
        expect(second?.MessageId).toBe(first?.MessageId);
        expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
        expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
        expect(second?.Attributes?.ApproximateFirstReceiveTimestamp).toBe(
          first?.Attributes?.ApproximateFirstReceiveTimestamp,
        );
      });

      it('accepts a delete by an outdated handle without a promise that it deletes', async () => {
        const { url } = await createQueue({ VisibilityTimeout: '1' });
        await send(url, 'x');
        const [first] = await receive(url);
        const [second] = await receive(url, { VisibilityTimeout: 30 });

        const byOldHandle = { QueueUrl: url, ReceiptHandle: first!.ReceiptHandle };
        const byNewHandle = { QueueUrl: url, ReceiptHandle: second!.ReceiptHandle };
        await sqs.send(new DeleteMessageCommand(byOldHandle));
        await sqs.send(new DeleteMessageCommand(byNewHandle));
        await sqs.send(new DeleteMessageCommand(byNewHandle));

        expect(await attributesOf(url)).toMatchObject({
          ApproximateNumberOfMessagesNotVisible: '0',
        });
      });

      it('can be prolonged and cut to nothing', async () => {
        const { url } = await createQueue({ VisibilityTimeout: '1' });
        await send(url, 'x');
        const [message] = await receive(url);
        const change = (VisibilityTimeout: number) =>
          sqs.send(
            new ChangeMessageVisibilityCommand({
              QueueUrl: url,
              ReceiptHandle: message!.ReceiptHandle,
              VisibilityTimeout,
            }),
          );

        await change(30);
        const afterOldTimeout = await receive(url, { WaitTimeSeconds: 2 });
        await change(0);
        const [again] = await receive(url);

        expect(afterOldTimeout).toEqual([]);
        expect(again?.Attributes?.ApproximateReceiveCount).toBe('2');
      });

      it('of a deleted message cannot be changed', async () => {
        const { url } = await createQueue();
        await send(url, 'x');
        const [message] = await receive(url);
        const target = { QueueUrl: url, ReceiptHandle: message!.ReceiptHandle };
        await sqs.send(new DeleteMessageCommand(target));

        const change = new ChangeMessageVisibilityCommand({ ...target, VisibilityTimeout: 5 });

        await expect(sqs.send(change)).rejects.toMatchObject({
          name: expect.stringMatching(/^InvalidParameterValue/),
        });
      });

      it('refuses a handle that is none', async () => {
        const { url } = await createQueue();
        const garbage = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: 'garbage' });

        await expect(sqs.send(garbage)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
      });
    });

    describe('long polling', () => {
      it('wakes for a message long before its wait is over', async () => {
        const { url } = await createQueue();
        const started = Date.now();
        const polled = receive(url, { WaitTimeSeconds: 20 });
        await new Promise((resolve) => setTimeout(resolve, 100));

        await send(url, 'wake');

        expect((await polled)[0]?.Body).toBe('wake');
        expect(Date.now() - started).toBeLessThan(10_000);
      });

      it('hands nothing to a poller that hung up', async () => {
        const { url } = await createQueue();
        for (let round = 0; round < 5; round += 1) {
          const hangUp = new AbortController();
          const polled = sqs.send(
            new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }),
            { abortSignal: hangUp.signal },
          );
          await new Promise((resolve) => setTimeout(resolve, 50));
          hangUp.abort();
          await expect(polled).rejects.toMatchObject({ name: 'AbortError' });

          await send(url, `round ${round}`);
          const [message] = await receive(url, { WaitTimeSeconds: 5 });

          expect(message?.Body).toBe(`round ${round}`);
          expect(message?.Attributes?.ApproximateReceiveCount).toBe('1');
          await sqs.send(
            new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message!.ReceiptHandle }),
          );
        }
      });

      it('gives one message to one of two pollers', async () => {
        const { url } = await createQueue();
        const polls = [receive(url, { WaitTimeSeconds: 2 }), receive(url, { WaitTimeSeconds: 2 })];

        await send(url, 'only');

        expect((await Promise.all(polls)).flat().map(({ Body }) => Body)).toEqual(['only']);
      });
    });

    describe('batches', () => {
      const entries = (count: number, body = 'x') =>
        Array.from({ length: count }, (_, index) => ({ Id: `e${index}`, MessageBody: body }));
      const sendBatch = (QueueUrl: string, Entries: { Id: string; MessageBody: string }[]) =>
        sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

      it('send, receive, hide and delete ten at a time', async () => {
        const { url } = await createQueue();

        const sent = await sendBatch(url, entries(10));
        const received: Message[] = [];
        while (received.length < 10)
          received.push(...(await receive(url, { MaxNumberOfMessages: 10 })));
        const handles = received.map(({ ReceiptHandle }, index) => ({
          Id: `e${index}`,
          ReceiptHandle: ReceiptHandle!,
        }));
        const hidden = await sqs.send(
          new ChangeMessageVisibilityBatchCommand({
            QueueUrl: url,
            Entries: handles.map((handle) => ({ ...handle, VisibilityTimeout: 60 })),
          }),
        );
        const deleted = await sqs.send(
          new DeleteMessageBatchCommand({ QueueUrl: url, Entries: handles }),
        );

        expect(sent.Successful).toHaveLength(10);
        expect(hidden.Successful).toHaveLength(10);
        expect(deleted.Successful).toHaveLength(10);
        expect(deleted.Failed ?? []).toEqual([]);
      });

      it('fail entry by entry', async () => {
        const { url } = await createQueue();
        await send(url, 'x');
        const [message] = await receive(url);

        const deleted = await sqs.send(
          new DeleteMessageBatchCommand({
            QueueUrl: url,
            Entries: [
              { Id: 'good', ReceiptHandle: message!.ReceiptHandle },
              { Id: 'bad', ReceiptHandle: 'garbage' },
            ],
          }),
        );

        expect(deleted.Successful).toEqual([{ Id: 'good' }]);
        expect(deleted.Failed).toMatchObject([
          { Id: 'bad', SenderFault: true, Code: 'ReceiptHandleIsInvalid' },
        ]);
      });

      it('are refused whole when empty, too long, too large, or with bad ids', async () => {
        const { url } = await createQueue();
        const refused = (list: { Id: string; MessageBody: string }[]) =>
          sendBatch(url, list).then(
            () => 'accepted',
            (error: Error) => error.name,
          );

        expect(await refused([])).toBe('EmptyBatchRequest');
        expect(await refused(entries(11))).toBe('TooManyEntriesInBatchRequest');
        expect(await refused(entries(5, 'x'.repeat(220_000)))).toBe('BatchRequestTooLong');
        expect(await refused([...entries(1), ...entries(1)])).toBe('BatchEntryIdsNotDistinct');
        expect(await refused([{ Id: 'a b', MessageBody: 'x' }])).toBe('InvalidBatchEntryId');
      });

      it('take a message of 1 MiB and refuse one byte more', async () => {
        const { url } = await createQueue();
        const mebibyte = 1024 * 1024;

        await send(url, 'x'.repeat(mebibyte));
        const [message] = await receive(url);

        expect(message?.Body).toHaveLength(mebibyte);
        await expect(send(url, 'x'.repeat(mebibyte + 1))).rejects.toMatchObject({
          name: expect.stringMatching(/^InvalidParameterValue/),
        });
      });
    });

    describe('dead letters', () => {
      const exhaust = async (url: string, times: number) => {
        for (let count = 0; count < times; count += 1) {
          expect(await receive(url, { VisibilityTimeout: 0 })).toHaveLength(1);
        }
        expect(await receive(url, { WaitTimeSeconds: 1 })).toEqual([]);
      };

      it('move after the last receive, with the same id and the name of their source', async () => {
        const { source, dlq } = await createPair(2);
        const sent = await send(source.url, 'poison');

        await exhaust(source.url, 2);
        const [dead] = await receive(dlq.url);

        expect(dead?.MessageId).toBe(sent.MessageId);
        expect(dead?.Body).toBe('poison');
        expect(dead?.Attributes).toMatchObject({
          DeadLetterQueueSourceArn: source.arn,
          ApproximateReceiveCount: '3',
        });
      });

      it('are received as often as their own queue says before they go on to its dead-letter queue', async () => {
        const { source: middle, dlq: last } = await createPair(2);
        const source = await createQueue({
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn: middle.arn, maxReceiveCount: 2 }),
        });
        await send(source.url, 'poison');

        await exhaust(source.url, 2);
        await exhaust(middle.url, 2);
        const [dead] = await receive(last.url);

        expect(dead?.Attributes).toMatchObject({
          DeadLetterQueueSourceArn: middle.arn,
          ApproximateReceiveCount: '5',
        });
      });

      it('name the queues that feed them', async () => {
        const { source, dlq } = await createPair(2);
        const list = new ListDeadLetterSourceQueuesCommand({ QueueUrl: dlq.url });

        expect((await sqs.send(list)).queueUrls).toEqual([source.url]);
      });

      it('cannot go to a queue that is not there', async () => {
        const { url, arn } = await createQueue();
        const RedrivePolicy = JSON.stringify({
          deadLetterTargetArn: `${arn}-not`,
          maxReceiveCount: 5,
        });
        const set = new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { RedrivePolicy } });

        const create = createQueue({ RedrivePolicy });

        const refusal = { name: expect.stringMatching(/^InvalidParameterValue/) };
        await expect(create).rejects.toMatchObject(refusal);
        await expect(sqs.send(set)).rejects.toMatchObject(refusal);
      });

      it('are redriven to their source as new messages', async () => {
        const { source, dlq } = await createPair(1);
        const sent = await send(source.url, 'again');
        await exhaust(source.url, 1);

        await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dlq.arn }));
        const [redriven] = await drain(source.url, 1);

        expect(redriven?.Body).toBe('again');
        expect(redriven?.MessageId).not.toBe(sent.MessageId);
        expect(redriven?.Attributes?.ApproximateReceiveCount).toBe('1');
        const list = new ListMessageMoveTasksCommand({ SourceArn: dlq.arn });
        await waitUntil(async () => (await sqs.send(list)).Results?.[0]?.Status === 'COMPLETED');
        expect((await sqs.send(list)).Results?.[0]).toMatchObject({
          ApproximateNumberOfMessagesMoved: 1,
          SourceArn: dlq.arn,
        });
        // Only a running task shows the handle that cancels it.
        expect((await sqs.send(list)).Results?.[0]?.TaskHandle).toBeUndefined();
      });

      it('are moved slowly and stopped when told so', async () => {
        const { source, dlq } = await createPair(1);
        for (let count = 0; count < 5; count += 1) await send(dlq.url, `m${count}`);
        const start = new StartMessageMoveTaskCommand({
          SourceArn: dlq.arn,
          DestinationArn: source.arn,
          MaxNumberOfMessagesPerSecond: 1,
        });

        const { TaskHandle } = await sqs.send(start);
        await expect(sqs.send(start)).rejects.toMatchObject({
          name: expect.stringMatching(/^InvalidParameterValue/),
        });
        const running = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: dlq.arn }));
        await sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));

        expect(running.Results?.[0]).toMatchObject({ Status: 'RUNNING', TaskHandle });
        const left = Number((await attributesOf(dlq.url)).ApproximateNumberOfMessages);
        expect(left).toBeGreaterThan(0);
      });

      it('are only moved from a queue that is a dead-letter queue', async () => {
        const { arn } = await createQueue();
        const start = new StartMessageMoveTaskCommand({ SourceArn: arn });

        await expect(sqs.send(start)).rejects.toMatchObject({
          name: expect.stringMatching(/^InvalidParameterValue/),
        });
      });
    });
  });
};
