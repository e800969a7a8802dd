/** The status board in memory, with everything Redis may do to us at hand: silence, loss, and a step back in time. */
import { type ReadyStatus, readyOf, type StepMarks } from '../../domain/ready-status.ts';
import type { StatusDocument, UploadStatus } from '../../domain/status.ts';
import { ownerOf } from '../../domain/upload.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SessionCache } from '../../ports/session-store.ts';
import type { StatusBell } from '../../ports/status-bell.ts';
import type { HeldLease, MarkedStep, ShownRef, StatusBoard } from '../../ports/status-board.ts';
import type { StatusDesk } from '../../ports/status-desk.ts';
import { keptMs, marksOf } from '../board-terms.ts';
import { createMemoryBell } from './memory-bell.ts';

interface Shown {
  readonly ready: ReadyStatus;
  readonly marks: StepMarks;
  readonly shownAt: number;
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

export interface MemoryStatusBoard extends StatusBoard, StatusDesk, StatusBell {
  /** While silent, every answer is `unavailable` and nothing is taken. */
  silence(silent: boolean): void;
  /** Forgets everything, as FLUSHALL does. */
  flush(): void;
  snapshot(): BoardSnapshot;
  /** Goes back to an earlier moment, as a failover to a replica that lagged does. */
  restore(snapshot: BoardSnapshot): void;
  /** Every document that is shown now. */
  documents(): readonly StatusDocument[];
  /** How many listen now. */
  listeners(): number;
}

export interface MemoryBoardOptions {
  /** What the desk knows of sessions; nothing when absent. */
  readonly sessions?: SessionCache | undefined;
}

const keyOf = ({ tenant, owner, uploadId }: ShownRef): string => `${tenant}/${owner}/${uploadId}`;

const withMark = (shown: Shown, { generation, startedAt, attempt, steps }: MarkedStep): Shown => {
  const marked = steps.map((step) => [step, { generation, startedAt, attempt }]);
  return { ...shown, marks: { ...shown.marks, ...Object.fromEntries(marked) } };
};

const display = (
  shown: Map<string, Shown>,
  document: StatusDocument,
  now: number,
): 'new' | 'again' | 'older' => {
  const ready = readyOf(document);
  const key = keyOf({ ...ready, uploadId: ready.id });
  const current = shown.get(key);
  if (current !== undefined && current.ready.rev > ready.rev) return 'older';
  shown.set(key, {
    ready,
    marks: marksOf(ready, current?.marks ?? {}, now),
    shownAt: now,
    until: now + keptMs(ready),
  });
  return current?.ready.rev === ready.rev ? 'again' : 'new';
};

const documentIn = ({ tenant, owner, deletedAt, json }: ReadyStatus): StatusDocument => ({
  ...{ tenant, owner, deletedAt },
  // Ours, from `readyOf`.
  status: JSON.parse(json) as UploadStatus,
});

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

export const createMemoryStatusBoard = (
  clock: Clock,
  { sessions }: MemoryBoardOptions = {},
): MemoryStatusBoard => {
  let shown = new Map<string, Shown>();
  let held = new Map<string, Held>();
  let isSilent = false;
  const bell = createMemoryBell(() => isSilent);

  /** What `answer` says of the board as it is now, or that the board says nothing. */
  const unlessSilent = async <T>(answer: (now: number) => T): Promise<T | 'unavailable'> => {
    if (isSilent) return 'unavailable';
    const now = clock.now();
    forgetExpired(shown, now);
    forgetExpired(held, now);
    return answer(now);
  };

  const mark = (step: MarkedStep): void => {
    const key = keyOf(step);
    const entry = shown.get(key);
    if (entry?.ready.generation !== step.generation) return;
    shown.set(key, withMark(entry, step));
    bell.ring(key);
  };

  const giveBack = ({ key, token }: HeldLease): void => {
    if (held.get(key)?.token === token) held.delete(key);
  };

  const entryOf = (ref: ShownRef, now: number) => {
    const entry = shown.get(keyOf(ref));
    if (entry === undefined) return 'missing';
    const { ready, shownAt } = entry;
    return { ready, shownAt, marks: marksOf(ready, entry.marks, now) };
  };

  return {
    show: (document, done) =>
      unlessSilent((now) => {
        if (done !== undefined) giveBack(done);
        const answer = display(shown, document, now);
        const { tenant, owner, status } = document;
        if (answer === 'new') bell.ring(keyOf({ tenant, owner, uploadId: status.id }));
        return answer === 'older' ? 'older' : 'shown';
      }),
    async look({ tenant, owner, session }, uploadId) {
      const ref = { tenant, owner: ownerOf(uploadId, owner), uploadId };
      const found = await unlessSilent((now) => entryOf(ref, now));
      const isAsked = session !== undefined && sessions !== undefined && !isSilent;
      return {
        found,
        session: isAsked ? await sessions.find({ tenant, owner, session }) : 'missing',
      };
    },
    async mark(step) {
      await unlessSilent(() => mark(step));
    },
    claim: ({ key, token, seconds, marks }) =>
      unlessSilent((now) => {
        const answer = claimIn(held, { key, token, until: now + seconds * 1000 });
        if (answer === 'claimed' && marks !== undefined) mark(marks);
        return answer;
      }),
    async release(lease) {
      await unlessSilent(() => giveBack(lease));
    },
    listen: async (ref) => bell.listen(keyOf(ref)),
    silence(silent) {
      isSilent = silent;
      if (silent) bell.goDeaf();
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
    documents: () => [...shown.values()].map(({ ready }) => documentIn(ready)),
    listeners: bell.listeners,
  };
};
