/** The ledger: judges every change as it happens against what the harness itself wrote down. It never asks the product. */
import { createHash } from 'node:crypto';
import type { ReceivedMessage } from '../../shared/adapters/memory/memory-queue.ts';
import type { ObjectVersion } from '../../shared/domain/object-version.ts';
import { type DeclaredFile, isDeleted, isLive, type Upload } from '../../shared/domain/upload.ts';
import { createPatience } from './patience.ts';
import type { Problem, Violation } from './problem.ts';
import { rowProblem } from './rows.ts';
import type { Watch } from './stores.ts';
import { createTenancy, type Tenancy } from './tenancy.ts';
import { tombstoneProblem } from './tombstones.ts';

/** A version that reached the uploads bucket, as the harness saw it arrive. */
export interface Arrival {
  readonly object: ObjectVersion & { readonly versionId: string };
  readonly uploadId: string;
  readonly bytes: Uint8Array;
  readonly at: number;
  /** What a client declared for its upload, if one did. */
  readonly declared: DeclaredFile | undefined;
}

export interface Ended {
  readonly at: number;
  readonly row: Upload;
}

export interface Ledger extends Watch, Omit<Tenancy, 'check'> {
  violate(violation: Violation): void;
  violations(): readonly Violation[];
  arrived(arrival: Arrival): void;
  arrivals(): readonly Arrival[];
  wasRemoved(versionId: string): boolean;
  /** Its bytes cannot be read any more, not even by their version. */
  isGone(versionId: string): boolean;
  /** The process of this invocation is stopped for a while. */
  paused(id: string): void;
  wasPaused(id: string): boolean;
  /** When its tombstone was written; undefined for what nobody deleted. */
  deletedAt(uploadId: string): number | undefined;
  /** A poll of its owner found out that it was deleted. */
  refused(uploadId: string): void;
  refusedAt(uploadId: string): number | undefined;
  /** When the board last took a status of it that may be read; 0 for never. */
  shownLiveAt(uploadId: string): number;
  notified(body: string): void;
  /** Messages that were taken away from the platform. */
  lost(queue: string, messages: readonly Pick<ReceivedMessage, 'messageId' | 'body'>[]): void;
  /** A message of this upload was taken away when its end was written already: nobody may be left to tell of it. */
  lostAfterTheEndOf(uploadId: string): boolean;
  /** A message nobody can work. */
  poisoned(messageId: string, body: string): void;
  isPoison(body: string): boolean;
  /** Poison that neither was lost nor is among these. */
  missingPoison(kept: ReadonlySet<string>): readonly string[];
  /** One answer to one poll, with the revision the store had at that moment and the one the client had seen. */
  polled(poll: Poll): void;
  /** The terminal write of a generation. */
  endOf(uploadId: string, generation: number): Ended | undefined;
  ends(): ReadonlyMap<string, Ended>;
  notifications(): ReadonlyMap<string, ReadonlySet<string>>;
  coverage(): ReadonlyMap<string, number>;
}

export interface Poll {
  readonly uploadId: string;
  readonly rev: number;
  readonly source: 'cache' | 'store';
  readonly storeRev: number;
  readonly seenRev: number;
}

export interface LedgerOptions {
  readonly now: () => number;
  readonly note: (uploadId: string, what: string) => void;
}

export const generationKey = (uploadId: string, generation: number): string =>
  `${uploadId}.${generation}`;

const l2 = (what: string): Problem => ({ law: 'L2', what });

/** What is wrong with one row replacing another; undefined when nothing is. */
const changeProblem = (before: Upload, after: Upload): Problem | undefined => {
  if (after.rev !== before.rev + 1) return l2(`rev went from ${before.rev} to ${after.rev}`);
  if (isDeleted(before) || isDeleted(after)) return tombstoneProblem(before, after);
  if (after.generation < before.generation || after.generation > before.generation + 1) {
    const what = `generation went from ${before.generation} to ${after.generation}`;
    return { law: 'L4', what };
  }
  if (after.generation > before.generation) return undefined;
  if (!isLive(before)) return l2(`${before.state} changed after its end`);
  if (before.state === 'processing' && after.state === 'awaiting_upload') {
    return l2('went back to awaiting_upload');
  }
  for (const [step, outcome] of Object.entries(before.outcomes)) {
    const kept = after.outcomes[step];
    if (kept !== outcome && JSON.stringify(kept) !== JSON.stringify(outcome)) {
      return { law: 'L3', what: `the outcome of ${step} changed` };
    }
  }
  return undefined;
};

const coverRow = (before: Upload | undefined, after: Upload, cover: Watch['cover']): void => {
  if (before?.state === 'processing' && after.generation > before.generation) {
    cover('generation superseded while processing');
  }
  const isReopened = before !== undefined && !isLive(before) && isLive(after);
  if (isReopened) cover('generation opened after the end');
  for (const [step, outcome] of Object.entries(after.outcomes)) {
    if (before?.outcomes[step] !== undefined || outcome.state === 'succeeded') continue;
    cover(`step ${outcome.state}: ${outcome.code}`);
  }
  if (isDeleted(after)) {
    if (before === undefined || !isDeleted(before)) cover(`deleted while ${before?.state}`);
    else cover(after.erasure === undefined ? 'erased' : 'erasure driven by the sweep');
  } else if (!isLive(after)) {
    const code = after.failure === undefined ? '' : `: ${after.failure.code}`;
    cover(`upload ${after.state}${code}`);
  } else if (before !== undefined && isLive(before) && after.drives > before.drives) {
    cover(`driven by the sweep: ${after.state}`);
  }
};

export const createLedger = ({ now, note }: LedgerOptions): Ledger => {
  const found: Violation[] = [];
  const arrivals: Arrival[] = [];
  const removals = new Set<string>();
  const gone = new Set<string>();
  const ends = new Map<string, Ended>();
  const told = new Map<string, Set<string>>();
  const resultDigests = new Map<string, string>();
  const coverage = new Map<string, number>();
  const lost = new Set<string>();
  const untold = new Set<string>();
  const tombstones = new Map<string, number>();
  const pauses = new Set<string>();
  const refusals = new Map<string, number>();
  const shown = new Map<string, number>();
  const poison = new Set<string>();
  const poisonBodies = new Set<string>();

  const violate = (violation: Violation): void => {
    note(violation.uploadId, `VIOLATES ${violation.law}: ${violation.what}`);
    found.push(violation);
  };
  const cover = (path: string): void => {
    coverage.set(path, (coverage.get(path) ?? 0) + 1);
  };

  const tenancy = createTenancy(violate);
  const patienceProblem = createPatience();

  return {
    ...tenancy,
    violate,
    violations: () => found,
    cover,
    coverage: () => coverage,
    row(before, after) {
      const { id: uploadId, generation, state, rev } = after;
      const done = Object.keys(after.outcomes).join(',');
      note(uploadId, `ROW rev ${rev} generation ${generation} ${state} outcomes [${done}]`);
      const impatient = patienceProblem(before, after, now());
      const problem =
        impatient ?? (before && changeProblem(before, after)) ?? rowProblem(after, now());
      if (problem !== undefined) violate({ ...problem, uploadId });
      tenancy.check(after);
      coverRow(before, after, cover);
      if (isDeleted(after) && !tombstones.has(uploadId)) tombstones.set(uploadId, now());
      // What has ended by itself is only buried by its deletion.
      if (isLive(after) || (before !== undefined && !isLive(before) && isDeleted(after))) return;
      const key = generationKey(uploadId, generation);
      if (ends.has(key)) violate({ law: 'L2', uploadId, what: `ended twice: ${key}` });
      ends.set(key, { at: now(), row: after });
    },
    result(key, bytes) {
      const digest = createHash('sha256').update(bytes).digest('hex');
      const first = resultDigests.get(key);
      resultDigests.set(key, first ?? digest);
      const uploadId = key.split('/')[1] ?? '';
      if (tombstones.has(uploadId)) cover('result file written after the deletion');
      if (first !== undefined) cover('result file written again');
      if (first === undefined || first === digest) return;
      violate({ law: 'L3', uploadId, what: `${key} was written with other bytes` });
    },
    arrived(arrival) {
      arrivals.push(arrival);
    },
    arrivals: () => arrivals,
    removed(versionId, how) {
      removals.add(versionId);
      if (how === 'gone') gone.add(versionId);
    },
    isGone: (versionId) => gone.has(versionId),
    wasRemoved: (versionId) => removals.has(versionId),
    notified(body) {
      const { id, uploadId, generation, state } = JSON.parse(body) as {
        readonly id: string;
        readonly uploadId: string;
        readonly generation: number;
        readonly state: string;
      };
      const key = generationKey(uploadId, generation);
      const ids = told.get(key);
      if (ids !== undefined) cover('notification sent again');
      told.set(key, new Set([...(ids ?? []), id]));
      const ended = ends.get(key);
      if (ended === undefined) {
        violate({ law: 'L2', uploadId, what: `notified of ${key}, which has not ended` });
      } else if (ended.row.state !== state) {
        violate({
          law: 'L2',
          uploadId,
          what: `notified of ${state}, but it is ${ended.row.state}`,
        });
      }
    },
    polled({ uploadId, rev, source, storeRev, seenRev }) {
      cover(`status from ${source}`);
      if (rev > storeRev) {
        violate({ law: 'L5', uploadId, what: `status rev ${rev} ahead of the state ${storeRev}` });
      }
      if (rev < seenRev) {
        violate({
          law: 'L5',
          uploadId,
          what: `status went back from ${seenRev} to ${rev} (${source})`,
        });
      }
    },
    lost(queue, messages) {
      for (const { messageId, body } of messages) {
        lost.add(messageId);
        const uploadId = /"uploadId":"([^"]+)"/.exec(body)?.[1];
        if (uploadId === undefined) continue;
        const generation = Number(/"generation":(\d+)/.exec(body)?.[1]);
        // Who ends an upload is whoever had one of these (docs/adr/0017).
        if (queue === 'finalize' || ends.has(generationKey(uploadId, generation)))
          untold.add(uploadId);
      }
    },
    paused: (id) => void pauses.add(id),
    wasPaused: (id) => pauses.has(id),
    deletedAt: (uploadId) => tombstones.get(uploadId),
    refused: (uploadId) => void refusals.set(uploadId, refusals.get(uploadId) ?? now()),
    refusedAt: (uploadId) => refusals.get(uploadId),
    shownLive: (uploadId) => void shown.set(uploadId, now()),
    shownLiveAt: (uploadId) => shown.get(uploadId) ?? 0,
    lostAfterTheEndOf: (uploadId) => untold.has(uploadId),
    poisoned(messageId, body) {
      poison.add(messageId);
      poisonBodies.add(body);
    },
    isPoison: (body) => poisonBodies.has(body),
    missingPoison: (kept) => [...poison].filter((id) => !kept.has(id) && !lost.has(id)),
    endOf: (uploadId, generation) => ends.get(generationKey(uploadId, generation)),
    ends: () => ends,
    notifications: () => told,
  };
};
