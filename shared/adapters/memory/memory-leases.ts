/** The leases of a board in memory: who holds what until when. */
import { LONGEST_LEASE_MS } from '../board-terms.ts';

interface Held {
  readonly token: string;
  readonly until: number;
}

export type HeldLeases = ReadonlyMap<string, Held>;

export interface MemoryLeases {
  claim(lease: { readonly key: string } & Held, now: number): 'claimed' | 'held';
  release(key: string, token: string): void;
  /** Somebody who has nothing to do with us holds this lease, and never gives it back. */
  seize(key: string): void;
  all(): HeldLeases;
  /** Takes the place of everything that is held. */
  restore(leases: HeldLeases): void;
}

export const createMemoryLeases = (): MemoryLeases => {
  let held = new Map<string, Held>();
  return {
    claim({ key, token, until }, now) {
      const holder = held.get(key);
      const isOver = holder === undefined || holder.until <= now;
      // As the script of Redis sees it: what lasts longer than a lease can is none.
      const isLease = !isOver && holder.until - now <= LONGEST_LEASE_MS;
      if (isLease && holder.token !== token) return 'held';
      held.set(key, { token, until });
      return 'claimed';
    },
    release(key, token) {
      if (held.get(key)?.token === token) held.delete(key);
    },
    seize: (key) => void held.set(key, { token: '', until: Number.POSITIVE_INFINITY }),
    all: () => new Map(held),
    restore(leases) {
      held = new Map(leases);
    },
  };
};
