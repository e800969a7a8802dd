/** The laptop S3 loses no event of a bucket: it asks a queue again until the queue has taken it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { S3NotificationEvent } from '../../local/s3/server.ts';
import { createBucket } from '../conformance/s3-endpoint/endpoint.ts';
import { useLaptopS3 } from './local-s3-fixture.ts';

const { start, stop, put, subscribe } = useLaptopS3();

describe('delivery to queues', () => {
  it('goes on until the queue takes the event, and keeps nobody waiting', async () => {
    const taken: S3NotificationEvent[] = [];
    let refusals = 0;
    let down = false;
    const { client } = await start(async (_target, event) => {
      if (down) {
        refusals += 1;
        throw new Error('The queue is away.');
      }
      taken.push(event);
    });
    const bucket = await createBucket(client);
    await subscribe(bucket);
    down = true;

    await put(bucket, 'k');
    await vi.waitFor(() => expect(refusals).toBeGreaterThan(1));
    expect(taken).toHaveLength(1);
    down = false;

    await vi.waitFor(() => expect(taken).toHaveLength(2), { timeout: 5_000 });
    expect(taken[1]).toMatchObject({ Records: [{ s3: { object: { key: 'k' } } }] });
  });

  it('delivers every one of many events once when all goes well', async () => {
    const keys: string[] = [];
    const { client } = await start(async (_target, event) => {
      await sleep(1);
      if ('Records' in event) keys.push(...event.Records.map(({ s3 }) => s3.object.key));
    });
    const bucket = await createBucket(client);
    await subscribe(bucket);
    const expected = Array.from({ length: 100 }, (_, at) => `k${at}`);

    await Promise.all(expected.map((key) => put(bucket, key)));

    await vi.waitFor(() => expect(keys).toHaveLength(100));
    expect(keys.toSorted()).toEqual(expected.toSorted());
  });

  it('ends with the server, which says how many events were not delivered', async () => {
    let down = false;
    const { client } = await start(async () => {
      if (down) throw new Error('The queue is away.');
    });
    const bucket = await createBucket(client);
    await subscribe(bucket);
    down = true;
    await put(bucket, 'a');
    await put(bucket, 'b');

    const undelivered = await stop();

    expect(undelivered).toBe(2);
  });
});
