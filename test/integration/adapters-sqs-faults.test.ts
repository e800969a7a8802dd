/** What the work queue makes of an SQS that refuses some, all, or does not answer; and how few requests it needs. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createSqsClient } from '../../shared/adapters/aws/clients.ts';
import { createSqsWorkQueue } from '../../shared/adapters/aws/sqs-work-queue.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { RetryableError } from '../../shared/domain/errors.ts';
import { closeAfterEach } from '../support/close-after-each.ts';
import { type ScriptedAnswer, startScriptedServer } from '../support/scripted-server.ts';

const open = closeAfterEach();

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
}

const entriesIn = (body: string): readonly Entry[] => JSON.parse(body).Entries;
const numbersIn = (body: string): readonly number[] =>
  entriesIn(body).map(({ MessageBody }) => JSON.parse(MessageBody).n);

type Verdict = 'stored' | 'forgotten' | { readonly Code: string; readonly SenderFault: boolean };

/** Answers a batch as SQS does, with a verdict on each message. */
const batchAnswer =
  (verdictOn: (n: number) => Verdict): ScriptedAnswer =>
  ({ body }, response) => {
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const { Id, MessageBody } of entriesIn(body)) {
      const verdict = verdictOn(JSON.parse(MessageBody).n);
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
      if (verdict === 'stored') Successful.push({ Id, MessageId: Id, MD5OfMessageBody });
      else if (verdict !== 'forgotten') Failed.push({ Id, Message: 'refused', ...verdict });
    }
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ Successful, Failed }));
  };

const setup = async (answer: ScriptedAnswer) => {
  const server = await startScriptedServer(answer);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SQS: server.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  });
  const client = createSqsClient();
  open.push(server.close, async () => client.destroy());
  const pauses: number[] = [];
  const clock = { now: () => 0, sleep: async (ms: number) => void pauses.push(ms) };
  const queueUrls = { light: `${server.url}/1/light`, heavy: `${server.url}/1/heavy` };
  const random = createSeededRandom(7);
  return { server, pauses, queue: createSqsWorkQueue({ client, queueUrls, clock, random }) };
};

const busy = { Code: 'InternalError', SenderFault: false };
const wrong = { Code: 'InvalidMessageContents', SenderFault: true };

it('shares batches among everybody who sends in the same turn, per queue', async () => {
  const { server, queue } = await setup(batchAnswer(() => 'stored'));
  const senders = Array.from({ length: 12 }, (_, n) => queue.send('light', [{ n }]));
  await Promise.all([...senders, queue.send('heavy', [{ n: 100 }])]);
  const batches = server.requests.map(({ body }) => numbersIn(body).length);
  expect(batches.sort((left, right) => left - right)).toEqual([1, 2, 10]);
});

it('starts another batch where one would be too large', async () => {
  const { server, queue } = await setup(batchAnswer(() => 'stored'));
  const text = 'x'.repeat(100_000);
  await queue.send(
    'light',
    [0, 1, 2, 3].map((n) => ({ n, text })),
  );
  const batches = server.requests.map(({ body }) => numbersIn(body));
  expect(batches.sort()).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

it('sends again only what was refused, after growing pauses with jitter', async () => {
  let refusals = 2;
  const { server, queue, pauses } = await setup(
    batchAnswer((n) => {
      if (n !== 1 || refusals === 0) return 'stored';
      refusals -= 1;
      return busy;
    }),
  );
  await queue.send('light', [{ n: 0 }, { n: 1 }, { n: 2 }]);
  expect(server.requests.map(({ body }) => numbersIn(body))).toEqual([[0, 1, 2], [1], [1]]);
  expect(pauses[0]).toBeGreaterThanOrEqual(25);
  expect(pauses[0]).toBeLessThanOrEqual(50);
  expect(pauses[1]).toBeGreaterThanOrEqual(50);
  expect(pauses[1]).toBeLessThanOrEqual(100);
});

it('gives up after three attempts', async () => {
  const { server, queue } = await setup(batchAnswer(() => busy));
  const sending = queue.send('light', [{ n: 0 }]);
  await expect(sending).rejects.toBeInstanceOf(RetryableError);
  await expect(sending).rejects.toMatchObject({
    code: 'queue_unavailable',
    cause: { message: 'InternalError: refused' },
  });
  expect(server.requests).toHaveLength(3);
});

it('does not repeat what would be refused again, and tells only its sender', async () => {
  const { server, queue } = await setup(batchAnswer((n) => (n === 1 ? wrong : 'stored')));
  const answers = await Promise.allSettled([0, 1, 2].map((n) => queue.send('light', [{ n }])));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(server.requests).toHaveLength(1);
});

it('takes a message that is in no list of the answer as not sent', async () => {
  let forgets = true;
  const { server, queue } = await setup(
    batchAnswer((n) => {
      if (n !== 1 || !forgets) return 'stored';
      forgets = false;
      return 'forgotten';
    }),
  );
  await queue.send('light', [{ n: 0 }, { n: 1 }]);
  expect(server.requests.map(({ body }) => numbersIn(body))).toEqual([[0, 1], [1]]);
});

it('fails everybody in a request that fails whole, and nobody in another', async () => {
  const { queue } = await setup((request, response) => {
    if (numbersIn(request.body).includes(0)) response.socket?.destroy();
    else batchAnswer(() => 'stored')(request, response);
  });
  const all = Array.from({ length: 11 }, (_, n) => queue.send('light', [{ n }]));
  const answers = await Promise.allSettled(all);
  const failed = answers.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  expect(failed).toHaveLength(10);
  for (const { reason } of failed) expect(reason).toMatchObject({ code: 'queue_unavailable' });
});

it('waits for all of its messages before it says that one failed', async () => {
  const { server, queue } = await setup(batchAnswer((n) => (n === 0 ? wrong : 'stored')));
  const messages = Array.from({ length: 25 }, (_, n) => ({ n }));
  await expect(queue.send('light', messages)).rejects.toThrow(RetryableError);
  expect(server.requests).toHaveLength(3);
});

it('goes on after a failure', async () => {
  let isDown = true;
  const { queue } = await setup((request, response) => {
    if (isDown) response.socket?.destroy();
    else batchAnswer(() => 'stored')(request, response);
  });
  await expect(queue.send('light', [{ n: 0 }])).rejects.toThrow(RetryableError);
  isDown = false;
  await queue.send('light', [{ n: 0 }]);
});

it('names the queue whose address it was not given', async () => {
  const { queue } = await setup(batchAnswer(() => 'stored'));
  await expect(queue.send('finalize', [{ n: 0 }])).rejects.toThrow(/finalize/);
});

it('cannot hide a message while SQS is away, and says so', async () => {
  const { server, queue } = await setup((_, response) => {
    response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' });
    response.end('{"__type":"InternalFailure"}');
  });
  await expect(queue.hide('light', 'handle', 99_999.6)).rejects.toMatchObject({
    code: 'queue_unavailable',
  });
  expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ VisibilityTimeout: 43_200 });
});
