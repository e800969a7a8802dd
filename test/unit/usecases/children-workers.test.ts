/** Workers that make children twice, in part or not at all, and children whose own end is an odd one. */
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { CHILDREN_STEP } from '../../../shared/domain/plan.ts';
import { isDeleted, type Upload } from '../../../shared/domain/upload.ts';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';
import { archiveEntries } from '../../../shared/processors/archive-entries.ts';
import { createArchiveWorld, ENTRIES } from '../../support/archive-world.ts';
import { zipOf } from '../../support/archives.ts';
import { laneMessage } from '../../support/factories.ts';
import { drain, drainFor, PRINCIPAL } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const HOUR = 3_600_000;

/** An object store whose writes of children are answered by `turn`, which may throw in place of the `n`th one. */
const counting = (turn: (n: number) => void) => {
  let n = 0;
  return (objects: ObjectStore): Partial<ObjectStore> => ({
    putIncoming: async (...put) => {
      n += 1;
      turn(n);
      return objects.putIncoming(...put);
    },
  });
};

const unavailableAt =
  (...failing: readonly number[]) =>
  (n: number): void => {
    if (failing.includes(n)) throw new RetryableError('storage_unavailable');
  };

const statesOf = (uploads: readonly Upload[]) => uploads.map(({ state }) => state);

describe('a worker that makes children', () => {
  it('B4: goes on where the one before it stopped, and makes none twice', async () => {
    const world = createArchiveWorld({ objects: counting(unavailableAt(3)) });
    const id = await world.send();
    await drain(world);
    expect(await world.rowOf(id)).toMatchObject({ state: 'processing' });
    const before = await world.children(id);

    await drainFor(world, HOUR);

    const children = await world.children(id);
    expect(await world.rowOf(id)).toMatchObject({ state: 'completed' });
    expect(children.map((child) => child.id)).toEqual(
      expect.arrayContaining(before.map((child) => child.id)),
    );
    for (const child of children) {
      expect(world.memory.objects.versions(`incoming/acme/${child.id}`)).toHaveLength(1);
    }
  });

  it('B4: unpacks no file again whose object is there, though its event was never heard', async () => {
    const puts: string[] = [];
    const failing = unavailableAt(3);
    const world = createArchiveWorld({
      losesEvents: true,
      objects: (objects) => ({
        putIncoming: async (key, body, terms) => {
          failing(puts.push(key));
          return objects.putIncoming(key, body, terms);
        },
      }),
    });
    const id = await world.send();
    const [object] = world.memory.objects.versions(`incoming/acme/${id}`);
    const found = { v: 1, kind: 'found', bucket: object?.bucket, key: object?.key };
    world.queue.deliver('upload-events', JSON.stringify(found));
    await drain(world);
    expect(puts).toHaveLength(3);

    await drainFor(world, 10 * 60_000);

    expect(await world.rowOf(id)).toMatchObject({
      outcomes: { 'archive-entries': { state: 'succeeded', result: { children: 3 } } },
    });
    expect(puts).toHaveLength(4);
    expect(puts[3]).toBe(puts[2]);
  });

  it('C1: comes to the same children as another one at the same moment', async () => {
    const world = createArchiveWorld();
    const id = await world.send();
    await world
      .ingestObject({ bucket: 'uploads-bucket', key: `incoming/acme/${id}` }, world.meta())
      .catch(() => undefined);
    await drain(world);
    const parent = await world.rowOf(id);
    const { object, type } = parent as Upload & { type: string };
    const message = laneMessage({
      ...{ uploadId: id, owner: PRINCIPAL.owner, type, steps: ['archive-entries'] },
      ...{ object: { ...object!, size: object!.size }, options: { unpack: true } },
    });

    await Promise.all([
      world.runSteps(message, world.meta()),
      world.runSteps(message, world.meta()),
    ]);
    await drain(world);

    expect(await world.children(id)).toHaveLength(3);
    for (const child of await world.children(id)) {
      expect(world.memory.objects.versions(`incoming/acme/${child.id}`)).toHaveLength(1);
    }
  });

  it('that fails to the last takes back what it had made', async () => {
    const always = Array.from({ length: 100 }, (_, index) => index + 3);
    const world = createArchiveWorld({ objects: counting(unavailableAt(...always)) });
    const id = await world.send();

    await drainFor(world, 24 * HOUR);

    expect(await world.rowOf(id)).toMatchObject({
      state: 'failed',
      failure: { code: 'storage_unavailable', step: 'archive-entries' },
      outcomes: { [CHILDREN_STEP]: { state: 'skipped' } },
    });
    const children = await world.children(id);
    expect(children.length).toBeGreaterThan(0);
    expect(children.every(isDeleted)).toBe(true);
    await world.sweepFor(60);
    expect(await world.groupOf(id)).not.toHaveProperty('dueAt');
  });
});

describe('a child', () => {
  it('C2: whose event was lost is found by the sweep long before it would expire', async () => {
    const world = createArchiveWorld({ losesEvents: true });
    const upload = await world.announce(zipOf(ENTRIES), 'letters.zip', { unpack: true });
    upload.submit();

    await world.sweepFor(120);

    expect(statesOf(await world.children(upload.id))).toEqual([
      'completed',
      'completed',
      'completed',
    ]);
    expect(await world.rowOf(upload.id)).toMatchObject({ state: 'completed' });
  });

  it('that its owner deletes counts as arrived', async () => {
    const gate = processor('one', { run: async () => ({}) });
    const world = createArchiveWorld({ processors: [archiveEntries, gate], losesEvents: true });
    const upload = await world.announce(zipOf(ENTRIES), 'letters.zip', { unpack: true });
    upload.submit();
    await world.sweepFor(31);
    const children = await world.children(upload.id);
    expect(children).toHaveLength(3);

    for (const child of children) await world.deleteUpload(PRINCIPAL, child.id, 'request-2');
    await drain(world);

    expect(await world.rowOf(upload.id)).toMatchObject({
      state: 'completed',
      outcomes: { [CHILDREN_STEP]: { result: { count: 3 } } },
    });
    expect(await world.list(upload.id)).toEqual({ uploads: [], cursor: undefined });
  });
});
