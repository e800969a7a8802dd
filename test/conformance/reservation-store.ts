/** What every store of reservations promises, whatever it is made of. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Reservation, usedBy } from '../../shared/domain/quota.ts';
import type { ReservationStore } from '../../shared/ports/tenant-quota-store.ts';

interface Opened {
  readonly reservations: ReservationStore;
  close(): Promise<void>;
}

const AT = Date.UTC(2026, 10, 23);

const one = (size = 10, owner?: string): Reservation => ({
  uploadId: `upl_${randomUUID()}`,
  size,
  at: AT,
  owner,
});

const several = (count: number, size = 10): readonly Reservation[] =>
  Array.from({ length: count }, () => one(size));

const byId = (all: readonly Reservation[]) =>
  all.toSorted((left, right) => (left.uploadId < right.uploadId ? -1 : 1));

export const describeReservationStore = (name: string, open: () => Promise<Opened>): void => {
  describe(`reservations: ${name}`, () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());

    const heldBy = async (tenant: string) => (await opened.reservations.held(tenant)).held;

    it('hold what fits, up to the last upload and the last byte, and keep to their tenant', async () => {
      const { reservations } = opened;
      const [tenant, other] = [randomUUID(), randomUUID()];
      const [first, second] = [one(), one()];

      expect(await heldBy(tenant)).toEqual([]);
      expect(await reservations.reserve(tenant, [first], { uploads: 2, bytes: 20 })).toBe(
        'reserved',
      );
      expect(await reservations.reserve(tenant, [one(11)], { uploads: 2, bytes: 20 })).toBe(
        'no_room',
      );
      expect(await reservations.reserve(tenant, [second], { uploads: 2, bytes: 20 })).toBe(
        'reserved',
      );
      expect(await reservations.reserve(tenant, [one(0)], { uploads: 2, bytes: 20 })).toBe(
        'no_room',
      );
      expect(await reservations.reserve(other, [one()], { uploads: 1, bytes: 10 })).toBe(
        'reserved',
      );

      expect(byId(await heldBy(tenant))).toEqual(byId([first, second]));
    });

    it('hold all of what is asked for together, or none of it', async () => {
      const { reservations } = opened;
      const tenant = randomUUID();
      const hundred = several(100);

      expect(await reservations.reserve(tenant, hundred, { uploads: 99, bytes: 9_999 })).toBe(
        'no_room',
      );
      expect(await heldBy(tenant)).toEqual([]);
      expect(await reservations.reserve(tenant, hundred, { uploads: 100, bytes: 1_000 })).toBe(
        'reserved',
      );
      expect(byId(await heldBy(tenant))).toEqual(byId(hundred));
    });

    it('hold an upload once, however often it is asked for, also together with new ones', async () => {
      const { reservations } = opened;
      const tenant = randomUUID();
      const [first, second] = [one(), one()];
      const room = { uploads: 2, bytes: 20 };

      await reservations.reserve(tenant, [first], room);
      expect(await reservations.reserve(tenant, [first], room)).toBe('reserved');
      expect(await reservations.reserve(tenant, [first, second], room)).toBe('reserved');
      expect(await reservations.reserve(tenant, [first, second], room)).toBe('reserved');

      expect(usedBy(await heldBy(tenant))).toEqual({ uploads: 2, bytes: 20 });
      expect(await reservations.reserve(tenant, [one()], room)).toBe('no_room');
    });

    it('hold what is asked for again, also in a room that has become smaller', async () => {
      const { reservations } = opened;
      const tenant = randomUUID();
      const all = several(3);
      await reservations.reserve(tenant, all, { uploads: 3, bytes: 30 });

      for (const room of [
        { uploads: 2, bytes: 30 },
        { uploads: 3, bytes: 20 },
      ]) {
        expect(await reservations.reserve(tenant, all, room)).toBe('reserved');
        expect(await reservations.reserve(tenant, [...all, one(0)], room)).toBe('no_room');
      }

      expect(byId(await heldBy(tenant))).toEqual(byId(all));
    });

    it('are let go of once, however often and by however many that is said at once', async () => {
      const { reservations } = opened;
      const tenant = randomUUID();
      const room = { uploads: 150, bytes: 1_500 };
      const [gone, kept] = [several(100), several(50)];
      await reservations.reserve(tenant, gone.slice(0, 50), room);
      await reservations.reserve(tenant, [...gone.slice(50), ...kept], room);

      await Promise.all([
        reservations.settle(tenant, gone, AT + 1),
        reservations.settle(tenant, gone.slice(30), AT + 1),
        reservations.settle(tenant, [one(), ...gone.slice(0, 60)], AT + 1),
      ]);

      expect(byId(await heldBy(tenant))).toEqual(byId(kept));
      // The sums are those of the set: exactly so much fits again.
      expect(await reservations.reserve(tenant, several(100), room)).toBe('reserved');
      expect(await reservations.reserve(tenant, [one(0)], room)).toBe('no_room');
    });

    it('tell when they were last settled, also when nothing had ended', async () => {
      const { reservations } = opened;
      const tenant = randomUUID();
      expect((await reservations.held(tenant)).settledAt).toBe(0);

      await reservations.settle(tenant, [], AT);

      expect(await reservations.held(tenant)).toEqual({ held: [], settledAt: AT });
      expect(await reservations.reserve(tenant, [one()], { uploads: 1, bytes: 10 })).toBe(
        'reserved',
      );
    });

    it('E16: never hold more than fits, however many ask at once', async () => {
      const { reservations } = opened;
      const tenant = randomUUID();

      const answers = await Promise.all(
        several(12).map((asked) =>
          reservations.reserve(tenant, [asked], { uploads: 5, bytes: 1_000 }),
        ),
      );

      expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(5);
      expect(await heldBy(tenant)).toHaveLength(5);
    });

    it('E16: never hold more of one owner than its share, however many ask at once', async () => {
      const { reservations } = opened;
      const tenant = randomUUID();
      const room = { uploads: 12, bytes: 120, share: { uploads: 6, bytes: 50 } };
      const take = (owner: string, size = 10) =>
        reservations.reserve(tenant, [one(size, owner)], room);
      // Of nobody: they stand there from before there were shares.
      await reservations.reserve(tenant, several(2), { uploads: 12, bytes: 120 });

      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => [
          take('ann'),
          ...(index < 3 ? [take('bob')] : []),
        ]).flat(),
      );

      expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(8);
      const held = await heldBy(tenant);
      expect(held.filter(({ owner }) => owner === 'ann')).toHaveLength(5);
      expect(await take('ann', 1)).toBe('no_room');
      expect(await take('bob', 20)).toBe('reserved');
      expect(await take('bob', 1)).toBe('no_room');
    });

    it('hold an upload that is larger than its owner’s share if it is the only one', async () => {
      const { reservations } = opened;
      const tenant = randomUUID();
      const room = { uploads: 10, bytes: 100, share: { uploads: 5, bytes: 50 } };
      await reservations.reserve(tenant, [one(5, 'ann')], room);

      const two = [one(25, 'bob'), one(26, 'bob')];
      expect(await reservations.reserve(tenant, two, room)).toBe('no_room');
      const answers = await Promise.all(
        [51, 52].map((size) => reservations.reserve(tenant, [one(size, 'bob')], room)),
      );
      expect(answers.toSorted()).toEqual(['no_room', 'reserved']);
      expect(await reservations.reserve(tenant, [one(43, 'cleo')], room)).toBe('reserved');
    });
  });
};
