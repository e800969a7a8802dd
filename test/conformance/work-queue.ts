/** What every work queue promises, whatever it is made of. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueueName, WorkQueue } from '../../shared/ports/work-queue.ts';

interface QueueDelivery {
  readonly body: string;
  readonly receiptHandle: string;
}

export interface WorkQueueSetup {
  readonly queue: WorkQueue;
  /** Up to ten messages that are visible now. */
  receive(name: QueueName): Promise<readonly QueueDelivery[]>;
  remove(name: QueueName, receiptHandle: string): Promise<void>;
  close(): Promise<void>;
}

const message = (marker: string = randomUUID(), size = 0) => ({
  marker,
  text: `größer ☃ ${'x'.repeat(size)}`,
});

export const describeWorkQueue = (name: string, setup: () => Promise<WorkQueueSetup>): void => {
  describe(`work queue: ${name}`, () => {
    let running: WorkQueueSetup;
    let queue: WorkQueue;
    beforeAll(async () => {
      running = await setup();
      queue = running.queue;
    });
    afterAll(() => running?.close());

    /** Everything that is in the queue, taken out of it. */
    const drain = async (from: QueueName): Promise<readonly unknown[]> => {
      const bodies: unknown[] = [];
      for (;;) {
        const deliveries = await running.receive(from);
        if (deliveries.length === 0) return bodies;
        for (const { body, receiptHandle } of deliveries) {
          bodies.push(JSON.parse(body));
          await running.remove(from, receiptHandle);
        }
      }
    };
    const byMarker = (left: { marker: string }, right: { marker: string }) =>
      left.marker < right.marker ? -1 : 1;

    it('delivers what was sent, as JSON, to its own queue only', async () => {
      const sent = message();
      await queue.send('light', [sent]);
      expect(await drain('heavy')).toEqual([]);
      expect(await drain('light')).toEqual([sent]);
    });

    it('sends nothing when there is nothing to send', async () => {
      await queue.send('light', []);
      expect(await drain('light')).toEqual([]);
    });

    it('delivers every message of a send that takes several batches', async () => {
      const sent = Array.from({ length: 23 }, () => message()).sort(byMarker);
      await queue.send('heavy', sent);
      const received = (await drain('heavy')) as { marker: string }[];
      expect(received.sort(byMarker)).toEqual(sent);
    });

    it('delivers messages that together are larger than a batch may be', async () => {
      const sent = Array.from({ length: 5 }, () => message(randomUUID(), 100_000)).sort(byMarker);
      await queue.send('finalize', sent);
      const received = (await drain('finalize')) as { marker: string }[];
      expect(received.sort(byMarker)).toEqual(sent);
    });

    it('delivers what many callers send at the same moment to several queues', async () => {
      const light = Array.from({ length: 12 }, () => message()).sort(byMarker);
      const heavy = Array.from({ length: 3 }, () => message()).sort(byMarker);
      await Promise.all([
        ...light.map((one) => queue.send('light', [one])),
        ...heavy.map((one) => queue.send('heavy', [one])),
      ]);
      expect(((await drain('light')) as { marker: string }[]).sort(byMarker)).toEqual(light);
      expect(((await drain('heavy')) as { marker: string }[]).sort(byMarker)).toEqual(heavy);
    });

    it('shows a received message again once it is hidden for no time', async () => {
      const sent = message();
      await queue.send('light', [sent]);
      const [delivery] = await running.receive('light');
      expect(await running.receive('light')).toEqual([]);
      await queue.hide('light', String(delivery?.receiptHandle), 0);
      expect(await drain('light')).toEqual([sent]);
    });

    /** Sends many of one group, works some, then sends one of another and says after how many receives it came. */
    const receivesUntilQuiet = async (worked: number, isDeleted: boolean): Promise<number> => {
      const [noisy, quiet] = [randomUUID(), randomUUID()];
      await queue.send(
        'light',
        Array.from({ length: 120 }, () => message()),
        noisy,
      );
      for (let receive = 0; receive < worked; receive += 1) {
        for (const { receiptHandle } of await running.receive('light')) {
          if (isDeleted) await running.remove('light', receiptHandle);
        }
      }
      const sent = message();
      await queue.send('light', [sent], quiet);
      for (let receives = 1; receives <= 12; receives += 1) {
        const deliveries = await running.receive('light');
        for (const { receiptHandle } of deliveries) await running.remove('light', receiptHandle);
        if (deliveries.some(({ body }) => JSON.parse(body).marker === sent.marker)) return receives;
      }
      return Number.POSITIVE_INFINITY;
    };

    it('serves a quiet group before the backlog of one that took the consumers’ time', async () => {
      expect(await receivesUntilQuiet(2, true)).toBe(1);
      await drain('light');
    });

    it('serves a quiet group before the backlog of one that has many messages in flight', async () => {
      expect(await receivesUntilQuiet(4, false)).toBe(1);
      await drain('light');
    });

    it('has nothing against hiding a message that is deleted already', async () => {
      await queue.send('light', [message()]);
      const [delivery] = await running.receive('light');
      const receiptHandle = String(delivery?.receiptHandle);
      await running.remove('light', receiptHandle);
      await queue.hide('light', receiptHandle, 60);
      expect(await drain('light')).toEqual([]);
    });
  });
};
