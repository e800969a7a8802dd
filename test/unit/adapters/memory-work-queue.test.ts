/** The memory queues are at least as nasty as SQS documents. */
import { expect, it } from 'vitest';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createMemoryWorkQueue } from '../../../shared/adapters/memory/memory-work-queue.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';

const setup = (seed?: number) => {
  const clock = createMemoryClock();
  const random = seed === undefined ? undefined : createSeededRandom(seed);
  const terms = { light: { visibilitySeconds: 30, maxReceiveCount: 2 } };
  return { clock, queue: createMemoryWorkQueue({ clock, random, terms }) };
};

it('shows a received message again after its visibility timeout, with a higher count', () => {
  const { clock, queue } = setup();
  const messageId = queue.deliver('light', 'a');
  expect(queue.receive('light')).toMatchObject([{ messageId, receiveCount: 1 }]);
  clock.tick(29_999);
  expect(queue.receive('light')).toEqual([]);
  expect(queue.nextVisibleAt()).toBe(clock.now() + 1);
  clock.tick(1);
  expect(queue.receive('light')).toMatchObject([{ messageId, receiveCount: 2 }]);
});

it('hides a message for longer, and no more once it is visible again', async () => {
  const { clock, queue } = setup();
  queue.deliver('light', 'a');
  const [first] = queue.receive('light');
  await queue.hide('light', first!.receiptHandle, 100);
  clock.tick(99_999);
  expect(queue.receive('light')).toEqual([]);
  clock.tick(1);
  await queue.hide('light', first!.receiptHandle, 100);
  expect(queue.receive('light')).toHaveLength(1);
});

it('moves what was received too often to its dead letters when someone asks once more', () => {
  const { clock, queue } = setup();
  const messageId = queue.deliver('light', 'a');
  const sentAt = clock.now();
  for (let round = 0; round < 2; round += 1) {
    queue.receive('light');
    clock.tick(30_000);
  }
  expect(queue.messages('light')).toHaveLength(1);
  expect(queue.receive('light')).toEqual([]);
  expect(queue.messages('light')).toEqual([]);
  expect(queue.receive('light-dlq')).toMatchObject([{ messageId, receiveCount: 1, sentAt }]);
});

it('moves what could not be buried to the last queue, and nothing out of that one', () => {
  const { clock, queue } = setup();
  queue.deliver('light-dlq', 'a');
  for (let round = 0; round < 20; round += 1) {
    queue.receive('light-dlq');
    queue.receive('unburied');
    clock.tick(180_000);
  }
  expect(queue.messages('light-dlq')).toEqual([]);
  expect(queue.messages('unburied')).toHaveLength(1);
});

it('sends dead letters back under new ids', () => {
  const { queue } = setup();
  const messageId = queue.deliver('light-dlq', 'a');
  expect(queue.redrive('light')).toBe(1);
  const [message] = queue.messages('light');
  expect(message?.body).toBe('a');
  expect(message?.messageId).not.toBe(messageId);
  expect(queue.messages('light-dlq')).toEqual([]);
});

it('forgets a message at the end of its retention, counted from its first sending', () => {
  const { clock, queue } = setup();
  const day = 24 * 60 * 60 * 1000;
  queue.deliver('light', 'a');
  clock.tick(4 * day - 1);
  expect(queue.messages('light')).toHaveLength(1);
  clock.tick(1);
  expect(queue.receive('light')).toEqual([]);
  expect(queue.messages('light')).toEqual([]);
});

it('delivers a copy twice at once, and one after it was removed', () => {
  const { queue } = setup();
  const messageId = queue.deliver('light', 'a');
  queue.duplicate('light', messageId);
  const both = queue.receive('light');
  expect(both.map((message) => message.messageId)).toEqual([messageId, messageId]);
  for (const { receiptHandle } of both) queue.remove('light', receiptHandle);
  expect(queue.messages('light')).toEqual([]);
  queue.duplicate('light', messageId);
  expect(queue.receive('light')).toHaveLength(1);
});

it('removes a message by an old receipt too', () => {
  const { clock, queue } = setup();
  queue.deliver('light', 'a');
  const [first] = queue.receive('light');
  clock.tick(30_000);
  queue.receive('light');
  queue.remove('light', first!.receiptHandle);
  expect(queue.messages('light')).toEqual([]);
});

it('delivers in an order that only the seed decides', () => {
  const orders = [1, 1, 2].map((seed) => {
    const { queue } = setup(seed);
    for (let n = 0; n < 10; n += 1) queue.deliver('light', String(n));
    return queue.receive('light').map(({ body }) => body);
  });
  expect(orders[0]).toEqual(orders[1]);
  expect(orders[0]).not.toEqual(orders[2]);
  expect([...orders[2]!].sort()).toEqual([...'0123456789']);
});
