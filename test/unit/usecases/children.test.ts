/** A zip that becomes an upload for each file in it, and what its owner and others see of them. */
import { describe, expect, it } from 'vitest';
import { RequestError } from '../../../shared/domain/errors.ts';
import { CHILDREN_STEP } from '../../../shared/domain/plan.ts';
import { statusOf } from '../../../shared/domain/status.ts';
import { createUploadParts } from '../../../shared/usecases/upload-parts.ts';
import { createArchiveWorld, ENTRIES } from '../../support/archive-world.ts';
import { zipOf } from '../../support/archives.ts';
import { drain, PRINCIPAL } from '../../support/memory-world.ts';

/** A zip whose entry `index` has another CRC than its directory says. */
const damaged = (index: number): Buffer => {
  const zip = zipOf(ENTRIES);
  let at = zip.length;
  for (let seen = ENTRIES.length; seen > index; seen -= 1)
    at = zip.lastIndexOf('PK\x01\x02', at - 1);
  zip.writeUInt32LE(0xdeadbeef, at + 16);
  return zip;
};

describe('a zip that is to be unpacked', () => {
  it('makes an upload of each file in it, and ends when they have', async () => {
    const world = createArchiveWorld();
    const id = await world.send();

    await drain(world);

    const parent = await world.rowOf(id);
    expect(parent).toMatchObject({
      state: 'completed',
      outcomes: {
        'archive-entries': { state: 'succeeded', result: { children: 3, leftOut: {}, file: null } },
        [CHILDREN_STEP]: { state: 'succeeded', result: { count: 3, states: { completed: 3 } } },
      },
    });
    const children = await world.children(id);
    expect(children.map(({ declared, state }) => [declared?.name, declared?.size, state])).toEqual(
      ENTRIES.map(({ name, body = '' }) => [name, body.length, 'completed']),
    );
    for (const [index, child] of children.entries()) {
      const [version] = world.memory.objects.versions(`incoming/acme/${child.id}`);
      expect(Buffer.from(version?.bytes ?? []).toString()).toBe(ENTRIES[index]?.body ?? '');
    }
    expect(await world.groupOf(id)).not.toHaveProperty('dueAt');
  });

  it('E16: takes its own room in the quota of its tenant and none for the files in it', async () => {
    const world = createArchiveWorld();
    await world.deps.tenantQuotas.keep('acme', { uploads: 1, bytes: zipOf(ENTRIES).length });
    const id = await world.send();
    const { held } = await world.deps.reservations.held('acme');

    await drain(world);

    expect(held.map(({ uploadId }) => uploadId)).toEqual([id]);
    expect(await world.deps.reservations.held('acme')).toMatchObject({ held });
    expect((await world.children(id)).map(({ state }) => state)).toEqual(
      ENTRIES.map(() => 'completed'),
    );
  });

  it('makes none without the option, and none of what is no zip', async () => {
    const world = createArchiveWorld();
    const plain = await world.announce(zipOf(ENTRIES), 'letters.zip');
    const text = await world.announce('hello', 'hello.txt', { unpack: true });
    for (const { submit } of [plain, text]) submit();

    await drain(world);

    for (const { id } of [plain, text]) {
      expect((await world.rowOf(id)).plan.map(({ name }) => name)).toEqual(['one']);
      expect(await world.list(id)).toEqual({ uploads: [], cursor: undefined });
    }
    expect(world.memory.groups.groups()).toEqual([]);
  });

  it('ends as well when nothing in it becomes an upload', async () => {
    const world = createArchiveWorld();
    const id = await world.send([{ name: 'folder/' }]);

    await drain(world);

    expect(await world.rowOf(id)).toMatchObject({
      state: 'completed',
      outcomes: {
        'archive-entries': { result: { children: 0, leftOut: { directory: 1 } } },
        [CHILDREN_STEP]: { state: 'succeeded', result: { count: 0, states: {} } },
      },
    });
  });

  it('completes also when an entry is damaged: the child says so, and its neighbours are made', async () => {
    const world = createArchiveWorld();
    const upload = await world.announce(damaged(1), 'letters.zip', { unpack: true });
    upload.submit();

    await drain(world);

    const states = { completed: 2, failed: 1 };
    expect(await world.rowOf(upload.id)).toMatchObject({
      state: 'completed',
      outcomes: { [CHILDREN_STEP]: { result: { count: 3, states } } },
    });
    const [, child] = await world.children(upload.id);
    expect(child).toMatchObject({ state: 'failed', failure: { code: 'corrupt' } });
    expect(world.memory.objects.versions(`incoming/acme/${child?.id}`)).toEqual([]);
    expect(world.told()).toContainEqual(
      expect.objectContaining({ uploadId: child?.id, parentId: upload.id, code: 'corrupt' }),
    );
  });

  it('hands its options on but for this one: an archive in it is not unpacked', async () => {
    const world = createArchiveWorld();
    const outer = zipOf([{ name: 'inner.zip', bytes: zipOf(ENTRIES) }]);
    const options = { unpack: true, typePolicy: 'relabel' } as const;
    const upload = await world.announce(outer, 'outer.zip', options);
    upload.submit();

    await drain(world);

    const [child] = await world.children(upload.id);
    expect(child).toMatchObject({ state: 'completed', options: { typePolicy: 'relabel' } });
    expect(child?.options).not.toHaveProperty('unpack');
    expect(child?.plan.map(({ name }) => name)).toEqual(['one']);
  });

  it('is refused as a whole by its directory, before any child is made', async () => {
    const world = createArchiveWorld();
    await world.deps.tenantBudgets.keep('acme', { 'archive-entries': { entries: 2 } });
    const id = await world.send();

    await drain(world);

    expect(await world.rowOf(id)).toMatchObject({
      state: 'failed',
      failure: { code: 'over_budget', step: 'archive-entries' },
      outcomes: { [CHILDREN_STEP]: { state: 'skipped', code: 'dependency_failed' } },
    });
    expect(world.memory.groups.groups()).toEqual([]);
    expect(world.memory.store.uploads()).toHaveLength(1);
  });
});

describe('what is shown of children', () => {
  it('is their number, how many have ended, and a percent that only grows', async () => {
    const world = createArchiveWorld();
    const entries = Array.from({ length: 30 }, (_, index) => ({
      name: `${index}`,
      body: `${index}`,
    }));
    const seen: { rev: number; progress: number; ended: number }[] = [];
    const { show } = world.memory.board;
    world.deps.board.show = async (document) => {
      const { status } = document;
      const { rev, progress, children } = status;
      if (status.declared?.name === 'letters.zip')
        seen.push({ rev, progress, ended: children?.ended ?? 0 });
      return show(document);
    };
    const id = await world.send(entries);

    await drain(world);

    const inOrder = seen.toSorted((left, right) => left.rev - right.rev);
    for (const key of ['progress', 'ended'] as const) {
      const values = inOrder.map((one) => one[key]);
      expect(values).toEqual(values.toSorted((left, right) => left - right));
    }
    // Each is a write of the zip's row: twenty of them, however many children there are.
    const told = new Set(inOrder.map(({ ended }) => ended)).size;
    expect(told).toBeGreaterThan(10);
    expect(told).toBeLessThanOrEqual(22);
    expect(inOrder.filter(({ progress }) => progress === 100)).toHaveLength(
      inOrder.filter(({ rev }) => rev === inOrder.at(-1)?.rev).length,
    );
    expect(statusOf(await world.rowOf(id))).toMatchObject({
      progress: 100,
      children: { count: 30, ended: 30, href: `/uploads/${id}/children` },
    });
  });

  it('is a list of their own, page by page, and in no other list', async () => {
    const world = createArchiveWorld();
    const id = await world.send();
    await drain(world);

    const first = await world.list(id, { limit: 2 });
    const second = await world.list(id, { limit: 2, cursor: first.cursor });

    const names = [...first.uploads, ...second.uploads].map(({ declared }) => declared?.name);
    expect(names).toEqual(ENTRIES.map(({ name }) => name));
    expect(first.uploads.every(({ parent, group }) => parent === id && group === undefined)).toBe(
      true,
    );
    expect(second.cursor).toBeUndefined();
    const listed = await world.memory.store.listByOwner(PRINCIPAL, { limit: 10 });
    expect(listed.uploads.map((upload) => upload.id)).toEqual([id]);
  });

  it('P8: is nothing for anybody else', async () => {
    const world = createArchiveWorld();
    const id = await world.send();
    await drain(world);

    const { listChildren } = world;
    for (const principal of [
      { ...PRINCIPAL, owner: 'somebody else' },
      { ...PRINCIPAL, tenant: 'globex' },
    ]) {
      await expect(listChildren(principal, id, { limit: 10 })).rejects.toMatchObject({
        code: 'not_found',
      });
    }
    await expect(world.list('upl_unknown')).rejects.toBeInstanceOf(RequestError);
    await expect(world.list(id, { limit: 1, cursor: '-1' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('takes no bytes from its owner: a child is what was in the archive', async () => {
    const world = createArchiveWorld({ losesEvents: true });
    const upload = await world.announce(zipOf(ENTRIES), 'letters.zip', { unpack: true });
    upload.submit();
    const [object] = world.memory.objects.versions(`incoming/acme/${upload.id}`);
    world.queue.deliver(
      'upload-events',
      JSON.stringify({ v: 1, kind: 'found', bucket: object?.bucket, key: object?.key }),
    );
    await drain(world);
    const parts = createUploadParts(world.deps);
    const [child] = await world.children(upload.id);

    const own = await parts.find(PRINCIPAL, child?.id ?? '');

    expect(child?.state).toBe('awaiting_upload');
    await expect(parts.sign(own, [1])).rejects.toMatchObject({ code: 'conflict' });
  });
});
