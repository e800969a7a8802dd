/** What the harness itself did and saw, as it happened: every file, every poll, every notification, every fault. */

import { startStallWatch } from './stall-watch.ts';

export interface Expected {
  readonly uploadId: string;
  readonly origin: 'api' | 'bucket';
  /** Of the bytes that count: the only ones, or the last that were put. */
  sha256: string | undefined;
  ends: 'completed' | 'failed' | 'expired';
}

export interface Poll {
  readonly uploadId: string;
  readonly status: number;
  readonly ms: number;
  /** The machine stood still meanwhile: says nothing about the product. */
  readonly stalled: boolean;
  readonly source: string | null;
  readonly rev: number | undefined;
  readonly generation: number | undefined;
  readonly state: string | undefined;
}

const ENDED: ReadonlySet<string> = new Set([
  'completed',
  'failed',
  'expired',
  'cancelled',
  'rejected',
]);

export const createJournal = () => {
  const startedAt = Date.now();
  const expected = new Map<string, Expected>();
  const polls: Poll[] = [];
  const seenRevs = new Map<string, number>();
  const seenEnds = new Map<string, string>();
  const told = new Map<string, Set<string>>();
  const faults = new Map<string, number>();
  const stalls = startStallWatch();
  let unanswered = 0;
  const violations: string[] = [];
  const deadly = new Set<string>();
  const violate = (what: string): void => {
    violations.push(what);
  };
  return {
    secondsSince: () => (Date.now() - startedAt) / 1000,
    stalls,
    /** Announcements whose answer got lost: whether there is an upload, nobody knows. */
    unanswered: () => unanswered,
    announcementFailed: (): void => {
      unanswered += 1;
    },
    expected,
    polls,
    violations,
    violate,
    faults,
    fault: (name: string, times = 1): void => {
      faults.set(name, (faults.get(name) ?? 0) + times);
    },
    /** While the storm lasts, whoever works a message of this upload is killed. */
    curse: (uploadId: string): void => {
      deadly.add(uploadId);
    },
    isDeadly: (body: string): boolean => [...deadly].some((id) => body.includes(id)),
    seenRev: (uploadId: string): number => seenRevs.get(uploadId) ?? 0,
    hasEnded: (uploadId: string): boolean => seenEnds.has(uploadId),
    /** Judges an answer against all that this caller has seen before. */
    polled(poll: Poll): void {
      polls.push(poll);
      const { uploadId, status, source, rev, generation, state, stalled } = poll;
      if (status >= 500) {
        if (!stalled) violate(`${uploadId}: a poll was answered ${status}`);
        return;
      }
      if (status === 404) {
        // What came through the bucket has no address until somebody has looked at its event.
        const isYoung = expected.get(uploadId)?.origin === 'bucket' && !seenRevs.has(uploadId);
        if (!isYoung) violate(`${uploadId}: a poll found nothing`);
        return;
      } else if (status !== 200 && status !== 304) violate(`${uploadId}: a poll got ${status}`);
      if (status < 400 && source !== 'cache' && source !== 'store') {
        violate(`${uploadId}: ${status} with x-status-source ${source}`);
      }
      if (rev === undefined || generation === undefined || state === undefined) return;
      const seen = seenRevs.get(uploadId) ?? 0;
      if (rev < seen) violate(`${uploadId}: rev went back from ${seen} to ${rev} (${source})`);
      seenRevs.set(uploadId, Math.max(seen, rev));
      const key = `${uploadId}.${generation}`;
      const end = seenEnds.get(key);
      if (end !== undefined && end !== state) violate(`${key}: flipped from ${end} to ${state}`);
      if (!ENDED.has(state)) return;
      seenEnds.set(key, state);
      seenEnds.set(uploadId, state);
    },
    told,
    notified(body: string): void {
      const { id, uploadId, generation } = JSON.parse(body) as {
        readonly id: string;
        readonly uploadId: string;
        readonly generation: number;
      };
      const key = `${uploadId}.${generation}`;
      const ids = told.get(key) ?? new Set<string>();
      told.set(key, ids.add(id));
    },
  };
};

export type Journal = ReturnType<typeof createJournal>;
