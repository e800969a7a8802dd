/** What a tenant may have on its way: room is free as soon as an upload waits no more, whoever was or was not told of that. */
import { describe, expect, it } from 'vitest';
import { usedBy } from '../../../shared/domain/quota.ts';
import { createAdmitUploads } from '../../../shared/usecases/admit-uploads.ts';
import { createCreateGroup } from '../../../shared/usecases/create-group.ts';
import { createCreateUploadOnce } from '../../../shared/usecases/create-upload-once.ts';
import { finalizeMessageFor } from '../../../shared/usecases/drive-forward.ts';
import { drain, PRINCIPAL } from '../../support/memory-world.ts';
import { createQuotaWorld } from '../../support/quota-world.ts';

const MINUTE = 60_000;
/** Longer than a full tenant is told to wait. */
const PAUSE_MS = 2_000;

describe('a tenant that has as much on its way as it may', () => {
  it('E16: is refused the next upload, until one of them has arrived', async () => {
    const { world, clock, announce, codeOf, onItsWay } = await createQuotaWorld();
    const first = await announce();
    await announce();
    expect(await codeOf(announce())).toBe('too_many_uploads');

    first.submit();
    await drain(world);
    clock.tick(PAUSE_MS);

    expect(await onItsWay()).toEqual({ uploads: 1, bytes: 5 });
    expect(await codeOf(announce())).toBe('taken');
    expect(await codeOf(announce())).toBe('too_many_uploads');
  });

  it('E16: is refused more bytes, to the byte', async () => {
    const { announce, codeOf } = await createQuotaWorld({ bytes: 10 });

    expect(await codeOf(announce(6))).toBe('taken');
    expect(await codeOf(announce(5))).toBe('too_many_bytes');
    expect(await codeOf(announce(4))).toBe('taken');
    expect(await codeOf(announce(11))).toBe('over_quota');
  });

  it('E16: leaves its neighbours and tenants without a quota alone, for whom nothing is written', async () => {
    const { deps, announce, createUpload, codeOf } = await createQuotaWorld({ uploads: 0 });
    const declared = { name: 'a', size: 5, type: 'text/plain' };

    expect(await codeOf(announce())).toBe('over_quota');
    for (const tenant of ['other', 'dev']) {
      const principal = { tenant, owner: 'ann' };
      expect(await codeOf(createUpload({ principal, declared, requestId: 'r' }))).toBe('taken');
      expect(await deps.reservations.held(tenant)).toEqual({ held: [], settledAt: 0 });
    }
  });

  it.each([
    [
      'was deleted',
      async ({ deleteUpload, meta }: Awaited<ReturnType<typeof createQuotaWorld>>, id: string) => {
        await deleteUpload(PRINCIPAL, id, meta().requestId);
      },
    ],
    [
      'expired',
      async (
        { clock, finalizeUpload, meta }: Awaited<ReturnType<typeof createQuotaWorld>>,
        id: string,
      ) => {
        clock.tick(16 * MINUTE);
        await finalizeUpload(finalizeMessageFor(id), meta());
      },
    ],
    [
      'waits in vain, and nobody sweeps',
      async ({ clock }: Awaited<ReturnType<typeof createQuotaWorld>>) => {
        clock.tick(31 * MINUTE);
      },
    ],
  ])('E16: has room again when an upload %s', async (_name, end) => {
    const all = await createQuotaWorld({ uploads: 1 });
    const { id } = await all.announce();
    expect(await all.codeOf(all.announce())).toBe('too_many_uploads');

    await end(all, id);
    all.clock.tick(PAUSE_MS);

    expect(await all.codeOf(all.announce())).toBe('taken');
  });

  it('keeps room for an upload that is sent in parts as long as these may take', async () => {
    const { deps, clock, store, announce, codeOf } = await createQuotaWorld({ uploads: 1 });
    const { id } = await announce();
    const upload = await store.find(id);
    if (upload?.state !== 'awaiting_upload') throw new Error('It does not wait.');
    const uploadDeadline = clock.now() + 24 * 60 * MINUTE;
    await deps.store.put({ ...upload, rev: 2, uploadDeadline, dueAt: uploadDeadline });

    clock.tick(23 * 60 * MINUTE);

    expect(await codeOf(announce())).toBe('too_many_uploads');
  });

  it('C4: has room again when whoever reserved it died before there was an upload', async () => {
    let isBroken = true;
    const { clock, announce, codeOf } = await createQuotaWorld(
      { uploads: 1 },
      {
        store: (store) => ({
          put: async (upload) => {
            if (isBroken) throw new Error('killed');
            return store.put(upload);
          },
        }),
      },
    );
    await announce().catch(() => undefined);
    isBroken = false;
    expect(await codeOf(announce())).toBe('too_many_uploads');

    clock.tick(MINUTE);

    expect(await codeOf(announce())).toBe('taken');
  });

  it('E16: asks its uploads once in two seconds, however often it tries', async () => {
    let asked = 0;
    const { clock, announce, codeOf } = await createQuotaWorld(
      { uploads: 1 },
      {
        store: (store) => ({
          findAll: (ids) => {
            asked += 1;
            return store.findAll(ids);
          },
        }),
      },
    );
    await announce();
    // There was room: nobody had to be asked.
    expect(asked).toBe(0);

    for (let tries = 0; tries < 50; tries += 1)
      expect(await codeOf(announce())).toBe('too_many_uploads');
    expect(asked).toBe(1);

    clock.tick(PAUSE_MS);
    await codeOf(announce());
    expect(asked).toBe(2);
  });

  it('is refused a group as a whole, and given one as a whole', async () => {
    const { deps, codeOf, onItsWay } = await createQuotaWorld({ uploads: 3 });
    const group = (count: number) => {
      const declared = { name: 'a', size: 5, type: 'text/plain' };
      const files = Array.from({ length: count }, () => ({ declared }));
      return createCreateGroup(deps)({ principal: PRINCIPAL, files, requestId: 'r' });
    };

    expect(await codeOf(group(4))).toBe('over_quota');
    expect(await codeOf(group(2))).toBe('taken');
    expect(await codeOf(group(2))).toBe('too_many_uploads');

    expect(await onItsWay()).toEqual({ uploads: 2, bytes: 10 });
  });

  it('needs no room for what the same request, sent twice at once, has just been given', async () => {
    const { deps, codeOf } = await createQuotaWorld({ uploads: 1 });
    const { reservations } = deps;
    let asked = 0;
    const admit = createAdmitUploads({
      ...deps,
      reservations: {
        ...reservations,
        reserve: async (...terms) => {
          asked += 1;
          const answer = await reservations.reserve(...terms);
          return asked === 1 ? 'no_room' : answer;
        },
      },
    });

    expect(await codeOf(admit(PRINCIPAL, [{ id: 'upl_1', size: 5 }]))).toBe('taken');
    expect(usedBy((await reservations.held('acme')).held)).toEqual({ uploads: 1, bytes: 5 });
  });

  it('counts a repeated request once, and takes the refused one when there is room', async () => {
    const { deps, clock, codeOf, onItsWay, deleteUpload, announce } = await createQuotaWorld({
      uploads: 2,
    });
    const once = (key: string) =>
      createCreateUploadOnce(deps)({
        principal: { ...PRINCIPAL, owner: key },
        declared: { name: 'a', size: 5, type: 'text/plain' },
        requestId: 'r',
        key,
      });
    const { id } = await announce();

    for (let times = 0; times < 3; times += 1) expect(await codeOf(once('one'))).toBe('taken');
    expect(await onItsWay()).toEqual({ uploads: 2, bytes: 10 });
    expect(await codeOf(once('two'))).toBe('too_many_uploads');
    await deleteUpload(PRINCIPAL, id, 'r');
    clock.tick(PAUSE_MS);

    expect(await codeOf(once('two'))).toBe('taken');
  });
});

describe('one user of a tenant with a quota', () => {
  it('E16: is refused more than half of it, and leaves the other half to the others', async () => {
    const { announce, codeOf } = await createQuotaWorld({ uploads: 5, bytes: 100 });

    for (let count = 0; count < 3; count += 1) {
      expect(await codeOf(announce(5, 'ann'))).toBe('taken');
    }
    expect(await codeOf(announce(0, 'ann'))).toBe('too_many_uploads');

    expect(await codeOf(announce(40, 'bob'))).toBe('taken');
    expect(await codeOf(announce(11, 'bob'))).toBe('too_many_bytes');
    expect(await codeOf(announce(10, 'bob'))).toBe('taken');
  });

  it('E16: may have one upload that is larger than its half, and then no other', async () => {
    const { announce, codeOf } = await createQuotaWorld({ bytes: 100 });

    expect(await codeOf(announce(80, 'ann'))).toBe('taken');
    expect(await codeOf(announce(1, 'ann'))).toBe('too_many_bytes');
    expect(await codeOf(announce(20, 'bob'))).toBe('taken');
  });

  it('E16: never gets a group that is more than its half', async () => {
    const { deps, codeOf } = await createQuotaWorld({ uploads: 8, bytes: 20 });
    const group = (count: number, size: number) => {
      const files = Array.from({ length: count }, () => ({
        declared: { name: 'a', size, type: 'text/plain' },
      }));
      return createCreateGroup(deps)({ principal: PRINCIPAL, files, requestId: 'r' });
    };

    expect(await codeOf(group(5, 1))).toBe('over_quota');
    expect(await codeOf(group(2, 6))).toBe('over_quota');
    expect(await codeOf(group(4, 2))).toBe('taken');
  });

  it('has room again when its own uploads wait no more', async () => {
    const { world, clock, announce, codeOf } = await createQuotaWorld({ uploads: 2 });
    const { submit } = await announce(5, 'ann');
    expect(await codeOf(announce(5, 'ann'))).toBe('too_many_uploads');

    submit();
    await drain(world);
    clock.tick(PAUSE_MS);

    expect(await codeOf(announce(5, 'ann'))).toBe('taken');
  });
});
