/** The status board in memory, with everything Redis may do to us at hand: silence, loss, and a step back in time. */
import { type ReadyStatus, readyOf, type StepMarks } from '../../domain/ready-status.ts';
import type { StatusDocument, UploadStatus } from '../../domain/status.ts';
import { ownerOf } from '../../domain/upload.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SessionCache } from '../../ports/session-store.ts';
import type { StatusBell } from '../../ports/status-bell.ts';
import type { MarkedStep, ShownRef, StatusBoard } from '../../ports/status-board.ts';
import type { BoardEntry, StatusDesk } from '../../ports/status-desk.ts';
import { keptMs, marksOf } from '../board-terms.ts';
import { createMemoryBell } from './memory-bell.ts';
import { createMemoryGarbage } from './memory-garbage.ts';
import { createMemoryLeases, type HeldLeases, type MemoryLeases } from './memory-leases.ts';

interface Shown {
  readonly ready: ReadyStatus;
  readonly marks: StepMarks;
  readonly shownAt: number;
  readonly until: number;
}

/** Everything on a board at one moment. */
interface BoardSnapshot {
  readonly shown: ReadonlyMap<string, Shown>;
  readonly spoilt: ReadonlyMap<string, string>;
  readonly held: HeldLeases;
}

export interface MemoryStatusBoard
  extends StatusBoard,
    StatusDesk,
    StatusBell,
    Pick<MemoryLeases, 'seize'> {
  /** While silent, every answer is `unavailable` and nothing is taken. */
  silence(silent: boolean): void;
  /** The text that Redis would have of it; '' for none. */
  textOf(ref: ShownRef): string;
  /** Puts garbage where this is or would be shown, made of the text that Redis has there: '' for none. */
  spoil(ref: ShownRef, garbageOf: (text: string) => string): void;
  /** Forgets everything, as FLUSHALL does. */
  flush(): void;
  snapshot(): BoardSnapshot;
  /** Goes back to an earlier moment, as a failover to a replica that lagged does. */
  restore(snapshot: BoardSnapshot): void;
  /** Every document that is shown now; garbage shows none. */
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

const forgetExpired = (entries: Map<string, Shown>, now: number): void => {
  for (const [key, { until }] of entries) if (until <= now) entries.delete(key);
};

const entryIn = (entry: Shown | undefined, now: number): BoardEntry | 'missing' => {
  if (entry === undefined) return 'missing';
  const { ready, shownAt, marks } = entry;
  return { ready, shownAt, marks: marksOf(ready, marks, now) };
};

/** False where nothing of this generation is shown. */
const markIn = (shown: Map<string, Shown>, step: MarkedStep): boolean => {
  const entry = shown.get(keyOf(step));
  if (entry?.ready.generation !== step.generation) return false;
  shown.set(keyOf(step), withMark(entry, step));
  return true;
};

export const createMemoryStatusBoard = (
  clock: Clock,
  { sessions }: MemoryBoardOptions = {},
): MemoryStatusBoard => {
  const shown = new Map<string, Shown>();
  const garbage = createMemoryGarbage(shown, keyOf);
  const leases = createMemoryLeases();
  let isSilent = false;
  const bell = createMemoryBell(() => isSilent);

  /** What `answer` says of the board as it is now, or that the board says nothing. */
  const unlessSilent = async <T>(answer: (now: number) => T): Promise<T | 'unavailable'> => {
    if (isSilent) return 'unavailable';
    const now = clock.now();
    forgetExpired(shown, now);
    return answer(now);
  };

  const mark = (step: MarkedStep): void => {
    if (markIn(shown, step)) bell.ring(keyOf(step));
  };

  return {
    show: (document, done) =>
      unlessSilent((now) => {
        if (done !== undefined) leases.release(done.key, done.token);
        const { tenant, owner, status } = document;
        const key = keyOf({ tenant, owner, uploadId: status.id });
        if (garbage.isNewer(key, status.rev)) return 'older';
        garbage.remove(key);
        const answer = display(shown, document, now);
        if (answer === 'new') bell.ring(key);
        return answer === 'older' ? 'older' : 'shown';
      }),
    async look({ tenant, owner, session }, uploadId) {
      const ref = { tenant, owner: ownerOf(uploadId, owner), uploadId };
      const found = await unlessSilent((now) => {
        // Who meets garbage takes it away, as the desk of Redis does.
        garbage.remove(keyOf(ref));
        return entryIn(shown.get(keyOf(ref)), now);
      });
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
        const answer = leases.claim({ key, token, until: now + seconds * 1000 }, now);
        if (answer === 'claimed' && marks !== undefined) mark(marks);
        return answer;
      }),
    async release({ key, token }) {
      await unlessSilent(() => leases.release(key, token));
    },
    listen: async (ref) => bell.listen(keyOf(ref)),
    silence(silent) {
      isSilent = silent;
      if (silent) bell.goDeaf();
    },
    textOf: garbage.textOf,
    spoil: (ref, garbageOf) => garbage.spoil(ref, garbageOf, clock.now()),
    seize: leases.seize,
    flush() {
      shown.clear();
      garbage.restore(new Map());
      leases.restore(new Map());
    },
    snapshot: () => ({ shown: new Map(shown), spoilt: garbage.all(), held: leases.all() }),
    restore(snapshot) {
      shown.clear();
      for (const [key, entry] of snapshot.shown) shown.set(key, entry);
      garbage.restore(snapshot.spoilt);
      leases.restore(snapshot.held);
    },
    documents: () => [...shown.values()].map(({ ready }) => documentIn(ready)),
    listeners: bell.listeners,
  };
};
