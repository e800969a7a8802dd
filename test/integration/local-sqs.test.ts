/** What the local SQS does beside the API: hang-ups, kept state, in-process delivery, faults. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { type SqsOptions, startSqs } from '../../local/sqs/start-sqs.ts';

const accessKeyId = 'AKIALOCAL00000000000';
const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20200101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=x`;
const undo: (() => Promise<unknown> | undefined)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const setup = async (options: Partial<SqsOptions> = {}) => {
  const local = await startSqs({ port: 0, accessKeyId, ...options });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= local.close();
    return closing;
  };
  const sqs = new SQSClient({
    endpoint: local.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'local-secret' },
    maxAttempts: 1,
  });
  undo.push(close, async () => sqs.destroy());
  return { ...local, close, sqs };
};

const createQueue = async (sqs: SQSClient, Attributes: Record<string, string> = {}) => {
  const QueueName = `q-${randomUUID()}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return { url: QueueUrl!, arn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` };
};

const receive = async (sqs: SQSClient, QueueUrl: string, WaitTimeSeconds = 0) => {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MessageSystemAttributeNames: ['All'] }),
  );
  return Messages;
};

const rawReceive = (port: number, QueueUrl: string) => {
  const body = JSON.stringify({ QueueUrl, WaitTimeSeconds: 20 });
  return new Promise<Socket>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      const head = [
        'POST / HTTP/1.1',
        `Host: 127.0.0.1:${port}`,
        `Authorization: ${authorization}`,
        'X-Amz-Target: AmazonSQS.ReceiveMessage',
        `Content-Length: ${body.length}`,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`, () => resolve(socket));
    });
  });
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the local SQS', () => {
  it.each(['destroy', 'resetAndDestroy', 'end'] as const)(
    'gives a message that arrives right after a poller left by %s to the next one',
    async (leave) => {
      const { sqs, port, deliver } = await setup();
      const queue = await createQueue(sqs, { VisibilityTimeout: '60' });
      for (let round = 0; round < 10; round += 1) {
        const poller = await rawReceive(port, queue.url);
        await pause(20);

        poller[leave]();
        deliver(queue.arn, `round ${round}`);
        const [message] = await receive(sqs, queue.url, 2);

        expect(message?.Body).toBe(`round ${round}`);
        expect(message?.Attributes?.ApproximateReceiveCount).toBe('1');
        const { ReceiptHandle } = message!;
        await sqs.send(new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle }));
      }
    },
  );

  it('lets an outdated handle neither delete nor hide', async () => {
    const { sqs, deliver } = await setup();
    const queue = await createQueue(sqs, { VisibilityTimeout: '60' });
    deliver(queue.arn, 'x');
    const take = new ReceiveMessageCommand({ QueueUrl: queue.url, VisibilityTimeout: 0 });
    const { ReceiptHandle } = (await sqs.send(take)).Messages![0]!;
    const [current] = await receive(sqs, queue.url);
    const outdated = { QueueUrl: queue.url, ReceiptHandle };

    await sqs.send(new DeleteMessageCommand(outdated));
    const hide = new ChangeMessageVisibilityCommand({ ...outdated, VisibilityTimeout: 0 });
    await expect(sqs.send(hide)).rejects.toThrow(/not available for visibility timeout change/);

    const living = { ...outdated, ReceiptHandle: current!.ReceiptHandle };
    await sqs.send(new ChangeMessageVisibilityCommand({ ...living, VisibilityTimeout: 0 }));
    expect(await receive(sqs, queue.url)).toHaveLength(1);
  });

  it('survives clients that hang up in the middle of a request', async () => {
    const { sqs, port } = await setup();
    const { url } = await createQueue(sqs);
    for (let count = 0; count < 10; count += 1) {
      const socket = connect(port, '127.0.0.1');
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"Queue');
      await pause(2);
      socket.resetAndDestroy();
    }

    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'alive' }));

    expect((await receive(sqs, url))[0]?.Body).toBe('alive');
  });

  it('refuses a request without a signature', async () => {
    const { url } = await setup();
    const headers = { 'x-amz-target': 'AmazonSQS.ListQueues' };

    const response = await fetch(url, { method: 'POST', headers, body: '{}' });

    expect(response.status).toBe(403);
    expect(await response.text()).toContain('MissingAuthenticationToken');
  });

  it('answers bodies that are no request, and actions it lacks, with a refusal', async () => {
    const { url } = await setup();
    const post = async (action: string, body: string) => {
      const headers = { authorization, 'x-amz-target': `AmazonSQS.${action}` };
      const response = await fetch(url, { method: 'POST', headers, body });
      return [response.status, ((await response.json()) as { __type: string }).__type];
    };
    const name = (error: string) => [400, `com.amazonaws.sqs#${error}`];

    expect(await post('ListQueues', '[')).toEqual(name('InvalidParameterValueException'));
    expect(await post('ListQueues', 'null')).toEqual(name('InvalidParameterValueException'));
    expect(await post('AddPermission', '{}')).toEqual(name('UnsupportedOperation'));
    expect(await post('toString', '{}')).toEqual(name('UnsupportedOperation'));
    expect(await post('SendMessage', '{}')).toEqual(name('MissingRequiredParameterException'));
  });

  it('says that it has no FIFO queues', async () => {
    const { sqs } = await setup();
    const fifo = (QueueName: string, Attributes = {}) =>
      sqs.send(new CreateQueueCommand({ QueueName, Attributes }));

    const refusal = {
      name: 'UnsupportedOperation',
      message: expect.stringContaining('standard queues only'),
    };
    await expect(fifo('a.fifo')).rejects.toMatchObject(refusal);
    await expect(fifo('a', { FifoQueue: 'true' })).rejects.toMatchObject(refusal);
  });

  it('takes messages from inside its process and refuses unknown queues', async () => {
    const { sqs, deliver } = await setup();
    const queue = await createQueue(sqs);
    const polled = receive(sqs, queue.url, 20);
    await pause(20);

    const { messageId } = deliver(queue.arn, '{"Records":[]}');

    expect(await polled).toMatchObject([{ MessageId: messageId, Body: '{"Records":[]}' }]);
    expect(() => deliver(`${queue.arn}-not`, 'x')).toThrow(/There is no queue/);
  });

  it('keeps queues, tags and messages in its directory, on another port too', async () => {
    const dir = await temporaryDir();
    const first = await setup({ dir });
    const created = await first.sqs.send(
      new CreateQueueCommand({
        QueueName: 'kept',
        Attributes: { VisibilityTimeout: '1' },
        tags: { stage: 'test' },
      }),
    );
    const QueueUrl = created.QueueUrl!;
    for (const MessageBody of ['in flight', 'visible']) {
      await first.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
    await receive(first.sqs, QueueUrl);
    await first.close();

    const second = await setup({ dir });
    const url = QueueUrl.replace(first.url, second.url);
    const later = await receive(second.sqs, url, 5);
    later.push(...(await receive(second.sqs, url, 5)));

    const counted = later.map(({ Body, Attributes }) => [
      Body,
      Attributes?.ApproximateReceiveCount,
    ]);
    expect(new Map(counted as [string, string][])).toEqual(
      new Map([
        ['visible', '1'],
        ['in flight', '2'],
      ]),
    );
    const tags = await second.sqs.send(new ListQueueTagsCommand({ QueueUrl: url }));
    expect(tags.Tags).toEqual({ stage: 'test' });
  });

  it('refuses state that another version wrote', async () => {
    const dir = await temporaryDir();
    await writeFile(join(dir, 'sqs.json'), '{"version":0,"queues":[]}');

    await expect(startSqs({ port: 0, accessKeyId, dir })).rejects.toThrow(/another version/);
  });

  it('lets waiting receivers go when it closes', async () => {
    const { sqs, close } = await setup();
    const { url } = await createQueue(sqs);
    const polled = receive(sqs, url, 20).then(
      () => 'answered',
      () => 'dropped',
    );
    await pause(50);

    await close();

    expect(['answered', 'dropped']).toContain(await polled);
  });

  it('says so when its port is taken', async () => {
    const { port } = await setup();

    await expect(startSqs({ port, accessKeyId })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('delivers twice, and forgets deletes, where a test asks for it', async () => {
    let duplicates = 1;
    let survivors = 1;
    const { sqs } = await setup({
      faults: { duplicatesDelivery: () => duplicates-- > 0, survivesDelete: () => survivors-- > 0 },
    });
    const { url } = await createQueue(sqs, { VisibilityTimeout: '60' });
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' }));

    const [first] = await receive(sqs, url);
    const [second] = await receive(sqs, url);
    const remove = async () => {
      const { ReceiptHandle } = second!;
      await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      const command = new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] });
      return (await sqs.send(command)).Attributes?.ApproximateNumberOfMessagesNotVisible;
    };

    expect(second?.MessageId).toBe(first?.MessageId);
    expect(await remove()).toBe('1');
    expect(await remove()).toBe('0');
  });
});

const temporaryDir = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'local-sqs-'));
  undo.unshift(() => rm(dir, { recursive: true, force: true }));
  return dir;
};
