/** FAULTS E23: a deletion while an upload is processed and after, with late workers and events. */
import { describe, expect, it } from 'vitest';
import type { DeletedUpload } from '../../../shared/domain/upload.ts';
import {
  completedUpload,
  isGone,
  leftOf,
  NOTHING,
  notFound,
  sweepFor,
} from '../../support/deletion-world.ts';
import { MINUTE } from '../../support/factories.ts';
import {
  createMemoryWorld,
  drain,
  type MemoryWorld,
  PRINCIPAL,
} from '../../support/memory-world.ts';

const FOREIGN = [
  { tenant: 'other', owner: PRINCIPAL.owner },
  { tenant: PRINCIPAL.tenant, owner: 'bob' },
];

const rowOf = async (world: MemoryWorld, id: string) =>
  (await world.memory.store.find(id)) as DeletedUpload;

const drainQueue = async (world: MemoryWorld, name: 'upload-events'): Promise<void> => {
  for (const { body, receiptHandle } of world.queue.receive(name)) {
    const [record] = JSON.parse(body).Records;
    const { key, versionId, sequencer } = record.s3.object;
    const notice = { bucket: 'uploads', key, versionId, sequencer };
    await world.ingestObject(notice, world.meta());
    world.queue.remove(name, receiptHandle);
  }
};

describe('deleting an upload', () => {
  it('that has ended makes it unreadable at once, and erases the rest behind that', async () => {
    const world = await completedUpload();
    expect(leftOf(world, world.id).results.length).toBeGreaterThan(0);

    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
    await isGone(world, world.id);
    await drain(world);

    expect(leftOf(world, world.id)).toEqual(NOTHING);
    expect(await rowOf(world, world.id)).toMatchObject({ state: 'completed', plan: [] });
    expect(JSON.stringify(world.board.documents())).not.toContain('hello.txt');
  });

  it('that is being processed cancels it, tells so once under one id, and refuses its workers', async () => {
    const world = createMemoryWorld();
    const { id, submit } = await world.announce();
    submit();
    const meta = world.meta();
    const [event] = world.bodies('upload-events') as { Records: { s3: { object: object } }[] }[];
    await drainQueue(world, 'upload-events');
    const [message] = world.bodies('light');

    await world.deleteUpload(PRINCIPAL, id, 'request-1');
    await world.runSteps(message as Parameters<typeof world.runSteps>[0], meta);
    world.queue.deliver('upload-events', JSON.stringify(event));
    await drain(world);

    expect(await rowOf(world, id)).toMatchObject({ state: 'cancelled', outcomes: {} });
    const told = new Set(world.bodies('notifications').map((body) => JSON.stringify(body)));
    expect([...told].map((body) => JSON.parse(body))).toMatchObject([
      { id: `${id}.1`, state: 'cancelled' },
    ]);
    await isGone(world, id);
    expect(leftOf(world, id)).toEqual(NOTHING);
  });

  it('that waits for its object erases also what still arrives', async () => {
    const world = createMemoryWorld();
    const { id, submit } = await world.announce();
    await world.deleteUpload(PRINCIPAL, id, 'request-1');
    await drain(world);

    expect(world.bodies('notifications')).toMatchObject([{ id: `${id}.0`, state: 'cancelled' }]);
    expect(submit()).toBe('stored');
    await drain(world);

    expect(await rowOf(world, id)).toMatchObject({ state: 'cancelled', generation: 0 });
    expect(leftOf(world, id)).toEqual(NOTHING);
  });

  it('takes also what a worker writes that knew of no deletion', async () => {
    const world = await completedUpload();
    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
    await drain(world);
    await world.memory.objects.putResult(
      `results/${world.id}/1/one/a.txt`,
      new Uint8Array(3),
      'a/b',
    );

    await sweepFor(world, 35);
    expect(leftOf(world, world.id)).toEqual(NOTHING);
  });

  it('E23: waits for late writers from the moment on that no bytes are left, however late that was', async () => {
    const world = await completedUpload();
    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
    // Nobody works the queue for an hour; a worker that began in that time could still open the object.
    world.clock.tick(60 * MINUTE);
    await drain(world);
    await world.memory.objects.putResult(
      `results/${world.id}/1/one/a.txt`,
      new Uint8Array(3),
      'a/b',
    );

    expect(await rowOf(world, world.id)).toHaveProperty('erasure.emptiedAt');
    await sweepFor(world, 35);
    expect(leftOf(world, world.id)).toEqual(NOTHING);
    expect(await rowOf(world, world.id)).not.toHaveProperty('erasure');
  });

  it('E23: finds what came to its key after the deletion was over, though nobody announced it', async () => {
    const world = createMemoryWorld({ losesEvents: true });
    const { id } = await world.announce();
    await world.deleteUpload(PRINCIPAL, id, 'request-1');
    await sweepFor(world, 70);
    expect(await rowOf(world, id)).not.toHaveProperty('erasure');

    world.put(`incoming/acme/${id}`, 'late');
    await sweepFor(world, 20);

    expect(leftOf(world, id)).toEqual(NOTHING);
    expect(world.memory.store.uploads()).toHaveLength(1);
  });

  it('is over when no late writer can be left, and its row leaves the sweep alone', async () => {
    const world = await completedUpload();
    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
    await sweepFor(world, 70);

    expect(await rowOf(world, world.id)).not.toHaveProperty('erasure');
    expect((await rowOf(world, world.id)).timeline.at(-1)?.event).toBe('erased');
    await isGone(world, world.id);
  });

  it('erases earlier generations too', async () => {
    const world = await completedUpload();
    await world.reprocess(world.id, { requestId: 'request-2', attempt: 1 });
    await drain(world);
    expect(leftOf(world, world.id).archived).toBe(1);

    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
    await drain(world);

    expect(leftOf(world, world.id)).toEqual(NOTHING);
    await expect(
      world.reprocess(world.id, { requestId: 'request-2', attempt: 1 }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('can be repeated by its owner, and is nothing to anybody else', async () => {
    const world = await completedUpload();
    for (const stranger of FOREIGN) {
      await expect(world.deleteUpload(stranger, world.id, 'r')).rejects.toEqual(notFound);
    }
    await expect(world.deleteUpload(PRINCIPAL, 'upl_none', 'r')).rejects.toEqual(notFound);
    expect((await world.memory.store.find(world.id))?.state).toBe('completed');

    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
    const { rev } = await rowOf(world, world.id);
    await world.deleteUpload(PRINCIPAL, world.id, 'request-2');

    expect((await rowOf(world, world.id)).rev).toBe(rev);
    for (const stranger of FOREIGN) {
      await expect(world.deleteUpload(stranger, world.id, 'r')).rejects.toEqual(notFound);
    }
  });

  it('leaves alone what another tool put into the bucket', async () => {
    const world = createMemoryWorld();
    world.put('incoming/acme/report.csv', 'a,b\n');
    await drain(world);
    const [dropped] = world.memory.store.uploads();

    await expect(world.deleteUpload(PRINCIPAL, dropped!.id, 'r')).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect(world.memory.objects.versions('incoming/acme/report.csv')).toHaveLength(1);
  });
});
