import { describe, expect, it } from 'vitest';
import { MAX_DRIVES } from '../../../shared/domain/due.ts';
import { CHILDREN_STEP } from '../../../shared/domain/plan.ts';
import { type EndedUpload, isDeleted, type Upload } from '../../../shared/domain/upload.ts';
import { archiveEntries } from '../../../shared/processors/archive-entries.ts';
import { createEndGroup } from '../../../shared/usecases/end-group.ts';
import { deletionMessageFor } from '../../../shared/usecases/entomb-upload.ts';
import { createArchiveWorld } from '../../support/archive-world.ts';
import { awaiting, cause, laneMessage } from '../../support/factories.ts';
import { drain, PRINCIPAL } from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';

const setup = createArchiveWorld;

const finished = async (world = setup()) => {
  const id = await world.send();
  await drain(world);
  return { ...world, id, before: await world.children(id) };
};

describe('deleting the upload of a zip', () => {
  it('deletes its children, and in the end forgets which there were', async () => {
    const world = await finished();

    await world.deleteUpload(PRINCIPAL, world.id, 'request-2');
    await drain(world);

    const children = await world.children(world.id);
    expect(children).toHaveLength(3);
    expect(children.every(isDeleted)).toBe(true);
    for (const { id } of children) {
      expect(world.memory.objects.versions(`incoming/acme/${id}`)).toEqual([]);
    }
    await expect(world.list(world.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await world.groupOf(world.id)).toBeDefined();
    await world.sweepFor(90);
    expect(world.memory.groups.groups()).toEqual([]);
    const due = world.memory.store.uploads().filter((upload) => (upload as EndedUpload).erasure);
    expect(due).toEqual([]);
  });

  it('takes them back at the next delivery when one of them is not to be seen', async () => {
    let isHidden = false;
    const world = await finished(
      setup({
        store: ({ put }) => ({
          put: async (next) => (isHidden ? { kind: 'lost', current: undefined } : put(next)),
        }),
      }),
    );
    await world.deleteUpload(PRINCIPAL, world.id, 'request-2');
    isHidden = true;
    const message = deletionMessageFor(world.id);

    await expect(world.eraseUpload(message, world.meta())).rejects.toMatchObject({
      code: 'lost_race',
    });
    isHidden = false;
    await drain(world);

    expect((await world.children(world.id)).every(isDeleted)).toBe(true);
  });

  it('P4: takes back what a worker made after it, whose outcome is refused', async () => {
    const world = setup({
      objects: (objects) => ({
        putIncoming: async (...put) => {
          const [parent] = world.memory.store.uploads();
          if (parent !== undefined && !isDeleted(parent)) {
            await world.deleteUpload(PRINCIPAL, parent.id, 'request-2');
            // The eraser is quicker than the worker: the rest is made after its only run.
            for (const { body, receiptHandle } of world.queue.receive('deletions')) {
              await world.eraseUpload(JSON.parse(body), world.meta());
              world.queue.remove('deletions', receiptHandle);
            }
          }
          return objects.putIncoming(...put);
        },
      }),
    });
    const id = await world.send();

    await drain(world);
    await world.sweepFor(2);

    const children = await world.children(id);
    expect(children.length).toBeGreaterThan(0);
    expect(children.every(isDeleted)).toBe(true);
  });

  it('ends the group of children that were still awaited, and tells nobody', async () => {
    const world = setup({ losesEvents: true });
    const upload = await world.announce('PK', 'x.zip', { unpack: true });
    expect(upload.submit()).toBe('stored');
    await world.memory.groups.create({
      ...{ id: `${upload.id}.1`, tenant: 'acme', owner: PRINCIPAL.owner, createdAt: 0, count: 2 },
      ...{ arrived: [0], drives: 0, dueAt: 1 },
    });
    await world.deleteUpload(PRINCIPAL, upload.id, 'request-2');

    await world.sweepFor(30);

    expect((await world.groupOf(upload.id))?.dueAt).toBeUndefined();
    expect(world.told().filter(({ uploadId }) => uploadId !== upload.id)).toEqual([]);
  });
});

describe('processing the upload of a zip once more', () => {
  it('makes new children, and takes the earlier ones back when they have ended', async () => {
    const world = await finished();

    await world.reprocess(world.id, { requestId: 'request-2', attempt: 1 });
    expect((await world.children(world.id, 1)).some(isDeleted)).toBe(false);
    await drain(world);

    expect(await world.rowOf(world.id)).toMatchObject({ state: 'completed', generation: 2 });
    expect((await world.children(world.id, 1)).every(isDeleted)).toBe(true);
    const next = await world.children(world.id, 2);
    expect(next.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
    expect(next.some(isDeleted)).toBe(false);
    const { uploads } = await world.list(world.id);
    expect(uploads.map(({ id }) => id)).toEqual(next.map(({ id }) => id));
  });

  it('A10: whoever still works for the earlier generation has its children taken back once more', async () => {
    const world = await finished();
    const { object, type } = (await world.rowOf(world.id)) as Upload & { type: string };
    await world.reprocess(world.id, { requestId: 'request-2', attempt: 1 });
    await drain(world);

    const late = laneMessage({
      ...{ uploadId: world.id, owner: PRINCIPAL.owner, steps: ['archive-entries'] },
      ...{ object: object!, type, options: { unpack: true } },
    });
    await world.runSteps(late, world.meta());

    expect(world.bodies('deletions')).toContainEqual({
      v: 1,
      kind: 'abandoned',
      uploadId: world.id,
    });
    await drain(world);
    expect((await world.children(world.id, 1)).every(isDeleted)).toBe(true);
    expect((await world.children(world.id, 2)).some(isDeleted)).toBe(false);
  });
});

describe('waiting for children', () => {
  it('is never stuck: every child has an end of its own', async () => {
    const world = setup({ processors: [archiveEntries], losesEvents: true });
    const id = await world.send();
    const [object] = world.memory.objects.versions(`incoming/acme/${id}`);
    const found = { v: 1, kind: 'found', bucket: object?.bucket, key: object?.key };
    world.queue.deliver('upload-events', JSON.stringify(found));
    await drain(world);
    const row = await world.rowOf(id);
    expect(row.outcomes).not.toHaveProperty(CHILDREN_STEP);
    if (row.state !== 'processing') throw new Error('It has ended.');
    const drivenWith = Object.keys(row.outcomes).length;
    const driven = { ...row, rev: row.rev + 1, drives: MAX_DRIVES + 1, drivenWith };
    await world.memory.store.put(driven);

    await world.finalizeUpload({ v: 1, kind: 'finalize', uploadId: id }, world.meta());

    expect((await world.rowOf(id)).outcomes).not.toHaveProperty(CHILDREN_STEP);
    expect(world.bodies('finalize')).toContainEqual({
      ...{ v: 1, kind: 'children', uploadId: id, generation: 1 },
    });
    await world.sweepFor(120);
    expect(await world.rowOf(id)).toMatchObject({ state: 'completed' });
  });

  it('for which nobody waits any more goes on until the last of them is gone', async () => {
    const world = setup({ losesEvents: true });
    const upload = await world.announce('PK', 'x.zip', { unpack: true });
    const group = { tenant: 'acme', owner: PRINCIPAL.owner, createdAt: 0, count: 2 };
    const id = `${upload.id}.1`;
    await world.memory.groups.create({ ...group, id, arrived: [], drives: 0, dueAt: 1 });
    const child = awaiting({ id: world.deps.idOfMember(id, 0), group: { id, index: 0 } });
    await world.memory.store.put(child);
    const check = createEndGroup(world.deps).check;
    const { state } = await world.rowOf(upload.id);
    expect(state).toBe('awaiting_upload');

    await check(id, cause());
    const before = await world.groupOf(upload.id);
    await world.deleteUpload(PRINCIPAL, child.id, 'request-2');
    await check(id, cause());

    expect(before).toMatchObject({ arrived: [1], dueAt: expect.any(Number) });
    expect(before).not.toHaveProperty('ended');
    expect(await world.groupOf(upload.id)).toMatchObject({ ended: { states: { gone: 2 } } });
  });

  it('ends no group while its worker is at it, though none of those it made is awaited', async () => {
    const world = await createProcessingWorld();
    const id = `${world.id}.1`;
    const group = { id, tenant: 'acme', owner: PRINCIPAL.owner, createdAt: 0, count: 2 };
    await world.memory.groups.create({ ...group, arrived: [], drives: 0, dueAt: 1 });

    await createEndGroup(world.deps).check(id, cause());

    expect(await world.memory.groups.find(id)).toMatchObject({ arrived: [], dueAt: 1 });
  });

  it('ends with the step that makes them, when that fails', async () => {
    const world = setup();
    const upload = await world.announce('PK', 'x.zip', { unpack: true });
    upload.submit();

    await drain(world);

    expect(await world.rowOf(upload.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'corrupt', step: 'archive-entries' },
      outcomes: { [CHILDREN_STEP]: { state: 'skipped', code: 'dependency_failed' } },
    });
  });
});
