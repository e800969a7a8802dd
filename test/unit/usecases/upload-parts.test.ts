/** FAULTS E10: parts that never come, come twice, or are of the wrong size. */
import { describe, expect, it } from 'vitest';
import { MAX_FILE_BYTES, MAX_POST_BYTES, partSizesOf } from '../../../shared/domain/parts.ts';
import { createUploadParts } from '../../../shared/usecases/upload-parts.ts';
import { MINUTE } from '../../support/factories.ts';
import {
  createMemoryWorld,
  drain,
  PRINCIPAL,
  type WorldOptions,
} from '../../support/memory-world.ts';

const MiB = 1024 ** 2;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SIZE = 12 * MiB;
const refusal = (code: string) => expect.objectContaining({ code });

const setup = async ({ size = SIZE, ...options }: WorldOptions & { size?: number } = {}) => {
  const world = createMemoryWorld({ maxObjectBytes: 64 * MiB, ...options });
  const parts = createUploadParts(world.deps);
  const { partStore, partsRegister } = world.deps;
  const declared = { name: 'film.bin', size, type: 'video/mp4' };
  const { status } = await world.createUpload({
    principal: PRINCIPAL,
    declared,
    requestId: 'request-1',
  });
  const { id } = status;
  const own = () => parts.find(PRINCIPAL, id);
  const sign = async (...numbers: number[]) => parts.sign(await own(), numbers);
  const send = async (...numbers: number[]) => {
    for (const { url, size, partNumber } of (await sign(...numbers)).parts) {
      expect(partStore.sendPart(url, new Uint8Array(size).fill(partNumber))).toBe('stored');
    }
  };
  const complete = async (given?: Parameters<typeof parts.complete>[1]) =>
    parts.complete(await own(), given);
  const list = async () => parts.list(await own());
  const row = () => world.memory.store.find(id);
  return { ...world, id, own, parts, partStore, partsRegister, sign, send, complete, list, row };
};

describe('a file in parts', () => {
  it('is signed, sent, completed and processed like any other', async () => {
    const world = await setup();

    const signed = await world.sign(1, 2, 3);
    await world.send(1, 2, 3);
    const status = await world.complete();
    await drain(world);

    expect(signed).toMatchObject({ partSize: 5 * MiB, partCount: 3 });
    expect(signed.key).toBe(`incoming/acme/${world.id}`);
    expect(status.id).toBe(world.id);
    expect(await world.row()).toMatchObject({ state: 'completed', object: { size: SIZE } });
    expect(world.partStore.open()).toEqual([]);
  });

  it('of the largest size is signed for exactly its bytes, and named part by part until it is whole', async () => {
    const { partSize, count } = partSizesOf(MAX_FILE_BYTES);
    const world = await setup({ size: MAX_FILE_BYTES });

    const { parts, partCount } = await world.sign(1, count);
    const last = parts[1]?.size ?? 0;

    expect([partCount, parts[0]?.size]).toEqual([count, partSize]);
    expect((count - 1) * partSize + last).toBe(MAX_FILE_BYTES);
    expect(partSize).toBeLessThanOrEqual(MAX_POST_BYTES);
    await expect(world.sign(count + 1)).rejects.toEqual(refusal('invalid_request'));
    await expect(world.complete()).rejects.toThrow(`Part 1 of ${count} is missing`);
  });

  it('goes on where it stopped', async () => {
    const world = await setup();
    expect(await world.list()).toEqual([]);
    await world.send(3, 1);

    const there = await world.list();
    await world.send(2);

    expect(there.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 5 * MiB],
      [3, 2 * MiB],
    ]);
    expect(await world.complete(await world.list())).toMatchObject({ id: world.id });
  });

  it('E10: waits a day for its parts, and no longer', async () => {
    const world = await setup();
    const { createdAt } = (await world.row())!;
    await world.sign(1);
    await world.sign(2);

    expect(await world.row()).toMatchObject({ uploadDeadline: createdAt + DAY, rev: 2 });
    world.clock.tick(DAY);
    await expect(world.sign(1)).rejects.toEqual(refusal('conflict'));
  });

  it('E10: is as good as expired once nobody counts it any more, whether it was swept or not', async () => {
    const [world, late] = [await setup(), await setup()];

    world.clock.tick(31 * MINUTE - 1);
    await world.sign(1);
    late.clock.tick(31 * MINUTE);

    await expect(late.sign(1)).rejects.toEqual(refusal('conflict'));
    expect(await late.row()).toMatchObject({ rev: 1 });
    expect(late.partStore.open()).toEqual([]);
  });

  it('is not found when its row is gone meanwhile', async () => {
    const world = await setup({
      store: ({ put }) => ({
        put: async (next) => (next.rev > 1 ? { kind: 'lost', current: undefined } : put(next)),
      }),
    });

    await expect(world.sign(1)).rejects.toEqual(refusal('not_found'));
  });

  it('is not taken for expired by a sweep before its day is over', async () => {
    const world = await setup();
    await world.send(1);
    for (let hour = 0; hour < 23; hour += 1) {
      world.clock.tick(HOUR);
      await world.sweep(world.meta());
      await drain(world);
    }
    expect(await world.row()).toMatchObject({ state: 'awaiting_upload' });

    world.clock.tick(2 * HOUR);
    await world.sweep(world.meta());
    await drain(world);
    expect(await world.row()).toMatchObject({ state: 'expired' });
  });

  it('E10: takes no part of another size', async () => {
    const world = await setup();
    const { parts } = await world.sign(1);

    expect(world.partStore.sendPart(parts[0]!.url, new Uint8Array(5 * MiB + 1))).toBe('refused');
    await expect(world.sign(4)).rejects.toEqual(refusal('invalid_request'));
  });
});

describe('completing', () => {
  it('E10: names the first part that is missing', async () => {
    const world = await setup();
    await world.send(1, 3);

    await expect(world.complete()).rejects.toMatchObject({
      code: 'invalid_request',
      detail: 'Part 2 of 3 is missing or not whole.',
    });
    expect(world.memory.objects.versions(`incoming/acme/${world.id}`)).toHaveLength(0);
  });

  it.each([
    ['shorter', 2, 7, 'Part 2 of 3 is missing or not whole.'],
    ['longer', 3, 3 * MiB, 'Part 3 of 3 is missing or not whole.'],
    ['one too many', 4, 7, 'There are more parts than the 3 of this file.'],
  ])(
    'E10: takes no part that is %s, whoever let it in',
    async (_name, partNumber, size, detail) => {
      const world = await setup();
      await world.send(1, 2, 3);
      const [ref] = world.partStore.open();
      const url = await world.partStore.signPart({ ...ref!, partNumber, size, expiresSeconds: 60 });
      expect(world.partStore.sendPart(url, new Uint8Array(size))).toBe('stored');

      await expect(world.complete()).rejects.toMatchObject({ code: 'invalid_request', detail });
      expect(world.memory.objects.versions(`incoming/acme/${world.id}`)).toHaveLength(0);
    },
  );

  it('refuses parts that are others than were sent', async () => {
    const world = await setup();
    await world.send(1, 2, 3);
    const [first, ...rest] = await world.list();

    for (const ETag of [rest[0]!.ETag, '', '"0"']) {
      const given = [{ ...first!, ETag }, ...rest];
      await expect(world.complete(given), ETag).rejects.toEqual(refusal('invalid_request'));
    }
    expect(
      await world.complete([first!, { ...rest[0]!, ETag: rest[0]!.ETag.slice(1, -1) }]),
    ).toBeDefined();
  });

  it('E10: twice, also at the same moment, makes one object', async () => {
    const world = await setup();
    await world.send(1, 2, 3);

    await Promise.all([world.complete(), world.complete()]);
    await world.complete();
    await drain(world);
    await world.complete();

    expect(world.memory.objects.versions(`incoming/acme/${world.id}`)).toHaveLength(1);
  });

  it('without any parts is a conflict', async () => {
    const world = await setup();

    await expect(world.complete()).rejects.toEqual(refusal('conflict'));
  });

  it('whose answer was lost is answered by what is there', async () => {
    const world = await setup();
    await world.send(1, 2, 3);
    const multipartId = (await world.partsRegister.find(world.id))!;
    const ref = { key: `incoming/acme/${world.id}`, multipartId };
    await world.partStore.completeParts(ref, await world.list());

    expect(await world.complete()).toMatchObject({ id: world.id });
  });
});

describe('giving up', () => {
  it('drops the parts, can be repeated, and the file can be begun anew', async () => {
    const world = await setup();
    await world.send(1, 2);

    await world.parts.abort(await world.own());
    await world.parts.abort(await world.own());

    expect(world.partStore.open()).toEqual([]);
    expect(await world.list()).toEqual([]);
    await world.send(1, 2, 3);
    expect(await world.complete()).toMatchObject({ id: world.id });
  });

  it.each([
    ['listed', (world: Awaited<ReturnType<typeof setup>>) => world.list()],
    [
      'completed',
      (world: Awaited<ReturnType<typeof setup>>) => world.complete().catch(() => undefined),
    ],
  ])('C4: that dies half-way is made good when the parts are %s', async (_name, ask) => {
    const world = await setup();
    await world.send(1, 2);
    await world.partStore.abortKey(`incoming/acme/${world.id}`);

    await ask(world);

    await world.send(1, 2, 3);
    expect(await world.complete()).toMatchObject({ id: world.id });
  });

  it('begins nothing anew for a file that has arrived and was not told of yet', async () => {
    const world = await setup();
    await world.send(1, 2, 3);
    await world.complete();

    expect(await world.list()).toEqual([]);
    await world.complete();

    expect(world.partsRegister.bound()).toContain(world.id);
  });

  it('of the whole upload leaves nothing that could be signed', async () => {
    const world = await setup();
    const upload = await world.own();
    await world.send(1);
    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');

    await expect(world.own()).rejects.toEqual(refusal('not_found'));
    await expect(world.parts.sign(upload, [1])).rejects.toEqual(refusal('conflict'));
  });
});

describe('whose parts they are', () => {
  it('is their owner’s alone', async () => {
    const world = await setup();
    world.put('incoming/acme/dropped.bin', 'x');
    await drain(world);
    const dropped = world.memory.store.uploads().find(({ origin }) => origin === 'bucket')!;

    for (const principal of [
      { tenant: 'other', owner: 'ann' },
      { tenant: 'acme', owner: 'bob' },
    ]) {
      await expect(world.parts.find(principal, world.id)).rejects.toEqual(refusal('not_found'));
    }
    for (const id of ['upl_none', dropped.id]) {
      await expect(world.parts.find(PRINCIPAL, id)).rejects.toEqual(refusal('not_found'));
    }
  });

  it('is one gathering, however many ask at the same moment', async () => {
    const world = await setup();

    const keys = await Promise.all([world.sign(1), world.sign(2), world.sign(3)]);

    expect(new Set(keys.map(({ key }) => key)).size).toBe(1);
    expect(world.partStore.open()).toHaveLength(1);
  });
});
