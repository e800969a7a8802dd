/** FAULTS E23: a deletion while an upload is processed and after, with late workers and events, dying at every effect. */
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import type { DeletedUpload } from '../../../shared/domain/upload.ts';
import { createReadHistory } from '../../../shared/usecases/read-history.ts';
import { createReadResults } from '../../../shared/usecases/read-results.ts';
import { createReadStatus } from '../../../shared/usecases/read-status.ts';
import { MINUTE } from '../../support/factories.ts';
import {
  CALLER,
  createMemoryWorld,
  drain,
  type MemoryWorld,
  PRINCIPAL,
  type WorldOptions,
} from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const notFound = expect.objectContaining({ code: 'not_found' });
const FOREIGN = [
  { tenant: 'other', owner: PRINCIPAL.owner },
  { tenant: PRINCIPAL.tenant, owner: 'bob' },
];

/** Every way a caller has to read an upload. */
const readings = ({ deps }: MemoryWorld, id: string) => [
  createReadStatus(deps)(CALLER, id),
  createReadHistory(deps)(PRINCIPAL, id),
  createReadResults(deps).link(PRINCIPAL, { uploadId: id, step: 'one', name: 'a.txt' }),
];

const isGone = async (world: MemoryWorld, id: string): Promise<void> => {
  for (const reading of readings(world, id)) await expect(reading).rejects.toEqual(notFound);
  const { uploads } = await world.memory.store.listByOwner(PRINCIPAL, { limit: 10 });
  expect(uploads.map((upload) => upload.id)).not.toContain(id);
};

const leftOf = (world: MemoryWorld, id: string) => ({
  versions: world.memory.objects.versions(`incoming/acme/${id}`).length,
  results: [...world.memory.objects.results().keys()].filter((key) => key.includes(id)),
  archived: world.memory.store.archives().filter((upload) => upload.id === id).length,
});
const NOTHING = { versions: 0, results: [], archived: 0 };

const rowOf = async (world: MemoryWorld, id: string) =>
  (await world.memory.store.find(id)) as DeletedUpload;

/** Lets the sweep run every minute for so long, and everything it starts. */
const sweepFor = async (world: MemoryWorld, minutes: number): Promise<void> => {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.clock.tick(MINUTE);
    const { requestId, attempt, signal, logger } = world.meta();
    // A sweep that fails in part is repeated a minute later.
    await world.sweep({ requestId, attempt, signal, logger }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(AggregateError);
    });
    await drain(world);
  }
};

const writing = processor('one', {
  run: async ({ emit }) => {
    await emit('a.txt', new Uint8Array(3), 'text/plain');
    return {};
  },
  reads: 'ranges',
});

const completedUpload = async (options: WorldOptions = {}) => {
  const world = createMemoryWorld({ processors: [writing, processor('two')], ...options });
  const { id, submit } = await world.announce('hello world');
  submit();
  await drain(world);
  expect((await world.memory.store.find(id))?.state).toBe('completed');
  return { ...world, id };
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

const drainQueue = async (world: MemoryWorld, name: 'upload-events'): Promise<void> => {
  for (const { body, receiptHandle } of world.queue.receive(name)) {
    const [record] = JSON.parse(body).Records;
    const { key, versionId, sequencer } = record.s3.object;
    const notice = { bucket: 'uploads', key, versionId, sequencer };
    await world.ingestObject(notice, world.meta());
    world.queue.remove(name, receiptHandle);
  }
};

/** Fails the `nth` effect of any port, once; before or after it was made. */
const failingAt = (
  nth: number,
  when: 'before' | 'after',
): { options: WorldOptions; count: () => number; arm: () => void } => {
  let left = Number.POSITIVE_INFINITY;
  let seen = 0;
  const effect = async <T>(make: () => Promise<T>): Promise<T> => {
    seen += 1;
    left -= 1;
    const isNow = left === 0;
    if (isNow && when === 'before') throw new RetryableError('storage_unavailable');
    const made = await make();
    if (isNow) throw new RetryableError('storage_unavailable');
    return made;
  };
  return {
    count: () => seen,
    arm: () => {
      seen = 0;
      left = nth;
    },
    options: {
      store: (store) => ({ put: (upload) => effect(() => store.put(upload)) }),
      queue: (queue) => ({ send: (name, messages) => effect(() => queue.send(name, messages)) }),
      erasers: ({ objectEraser, rowEraser }) => ({
        objectEraser: {
          eraseIncoming: (key) => effect(() => objectEraser.eraseIncoming(key)),
          eraseResults: (id) => effect(() => objectEraser.eraseResults(id)),
        },
        rowEraser: {
          eraseRows: (id) => effect(() => rowEraser.eraseRows(id)),
        },
      }),
    },
  };
};

/** What a caller does who is answered 503: asks once more, or gives up. */
const deleteOnce = async (world: MemoryWorld, id: string): Promise<boolean> => {
  try {
    await world.deleteUpload(PRINCIPAL, id, 'request-1');
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'storage_unavailable' });
    return false;
  }
};

describe.each(['before', 'after'] as const)('a deletion that dies %s', (when) => {
  it('any of its effects ends all the same, whether its caller asks again or not', async () => {
    let effects = 0;
    for (let nth = 1; nth <= Math.max(effects, 1); nth += 1) {
      for (const asksAgain of [true, false]) {
        const faults = failingAt(nth, when);
        const world = await completedUpload(faults.options);
        faults.arm();
        const isAnswered = await deleteOnce(world, world.id);
        if (!isAnswered && asksAgain) await deleteOnce(world, world.id);
        await sweepFor(world, 240);
        effects = Math.max(effects, faults.count());

        const row = await world.memory.store.find(world.id);
        const wasDeleted = row !== undefined && 'deletedAt' in row;
        // Nothing was promised, nobody asked again, and nothing had happened: then it is still there.
        expect(wasDeleted || (!isAnswered && !asksAgain && nth === 1), `effect ${nth}`).toBe(true);
        if (!wasDeleted) continue;
        await isGone(world, world.id);
        expect(leftOf(world, world.id), `effect ${nth}`).toEqual(NOTHING);
        expect(row, `effect ${nth}`).not.toHaveProperty('erasure');
      }
      if (nth > 30) break;
    }
    expect(effects).toBeGreaterThan(6);
  });
});
