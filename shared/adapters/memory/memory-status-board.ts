/** The status board in memory, with everything Redis may do to us at hand: silence, loss, and a step back in time. */
import type { StatusDocument } from '../../domain/status.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MarkedStep, StatusBoard, StepMark } from '../../ports/status-board.ts';
import { keptMs, marksOf, openSteps } from '../board-terms.ts';
import { frozenCopy } from './frozen-copy.ts';

interface Shown {
  readonly document: StatusDocument;
  readonly marks: Readonly<Record<string, StepMark>>;
  readonly until: number;
}

interface Held {
  readonly token: string;
  readonly until: number;
}

/** Everything on a board at one moment. */
interface BoardSnapshot {
  readonly shown: ReadonlyMap<string, Shown>;
  readonly held: ReadonlyMap<string, Held>;
}

export interface MemoryStatusBoard extends StatusBoard {
  /** While silent, every answer is `unavailable` and nothing is taken. */
  silence(silent: boolean): void;
  /** Forgets everything, as FLUSHALL does. */
  flush(): void;
  snapshot(): BoardSnapshot;
  /** Goes back to an earlier moment, as a failover to a replica that lagged does. */
  restore(snapshot: BoardSnapshot): void;
  /** Every document that is shown now. */
  documents(): readonly StatusDocument[];
}

const keyOf = (tenant: string, uploadId: string): string => `${tenant}/${uploadId}`;

const withMark = (shown: Shown, { generation, startedAt, attempt, steps }: MarkedStep): Shown => {
  const marked = steps.map((step) => [step, { generation, startedAt, attempt }]);
  return { ...shown, marks: { ...shown.marks, ...Object.fromEntries(marked) } };
};

const display = (
  shown: Map<string, Shown>,
  document: StatusDocument,
  now: number,
): 'shown' | 'older' => {
  const { status, tenant } = document;
  const key = keyOf(tenant, status.id);
  const current = shown.get(key);
  if (current !== undefined && current.document.status.rev > status.rev) return 'older';
  const open = new Set(openSteps(document));
  const marks = Object.entries(marksOf(document, current?.marks ?? {}, now));
  shown.set(key, {
    document: frozenCopy(document),
    marks: Object.fromEntries(marks.filter(([step]) => open.has(step))),
    until: now + keptMs(document),
  });
  return 'shown';
};

const forgetExpired = (entries: Map<string, { readonly until: number }>, now: number): void => {
  for (const [key, { until }] of entries) if (until <= now) entries.delete(key);
};

const claimIn = (
  held: Map<string, Held>,
  lease: { readonly key: string } & Held,
): 'claimed' | 'held' => {
  const holder = held.get(lease.key);
  if (holder !== undefined && holder.token !== lease.token) return 'held';
  held.set(lease.key, { token: lease.token, until: lease.until });
  return 'claimed';
};

export const createMemoryStatusBoard = (clock: Clock): MemoryStatusBoard => {
  let shown = new Map<string, Shown>();
  let held = new Map<string, Held>();
  let isSilent = false;

  /** What `answer` says of the board as it is now, or that the board says nothing. */
  const unlessSilent = async <T>(answer: (now: number) => T): Promise<T | 'unavailable'> => {
    if (isSilent) return 'unavailable';
    const now = clock.now();
    forgetExpired(shown, now);
    forgetExpired(held, now);
    return answer(now);
  };

  return {
    show: (document) => unlessSilent((now) => display(shown, document, now)),
    find: (tenant, uploadId) =>
      unlessSilent((now) => {
        const entry = shown.get(keyOf(tenant, uploadId));
        if (entry === undefined) return 'missing';
        return { document: entry.document, marks: marksOf(entry.document, entry.marks, now) };
      }),
    async mark(step) {
      await unlessSilent(() => {
        const key = keyOf(step.tenant, step.uploadId);
        const entry = shown.get(key);
        if (entry !== undefined) shown.set(key, withMark(entry, step));
      });
    },
    claim: ({ key, token, seconds }) =>
      unlessSilent((now) => claimIn(held, { key, token, until: now + seconds * 1000 })),
    async release({ key, token }) {
      await unlessSilent(() => {
        if (held.get(key)?.token === token) held.delete(key);
      });
    },
    silence(silent) {
      isSilent = silent;
    },
    flush() {
      shown.clear();
      held.clear();
    },
    snapshot: () => ({ shown: new Map(shown), held: new Map(held) }),
    restore(snapshot) {
      shown = new Map(snapshot.shown);
      held = new Map(snapshot.held);
    },
    documents: () => [...shown.values()].map(({ document }) => document),
  };
};
