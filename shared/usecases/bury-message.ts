/**
 * Works the dead-letter queues: what killed every attempt is kept readable, and the upload still ends. Work that
 * only ever failed because something around it was down is tried here once more, as often as the DLQ keeps it.
 */
import {
  anyNotification,
  endMessage,
  erasureMessage,
  laneMessage,
  webhookMessage,
} from '../contracts/messages.ts';
import { nextDriveAt } from '../domain/due.ts';
import { type ErrorCode, NonRetryableError, sentenceOf } from '../domain/errors.ts';
import type { Outcomes } from '../domain/plan.ts';
import { documentOf } from '../domain/status.ts';
import { isDeleted, isLive } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeadLetter, DeadLetterStore } from '../ports/dead-letter-store.ts';
import type { StatusBoard } from '../ports/status-board.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import { clearAfterWorker } from './clear-after-worker.ts';
import type { DeferWebhook } from './defer-webhook.ts';
import { type DriveForward, finalizeMessageFor } from './drive-forward.ts';
import type { FinalizeUpload } from './finalize-upload.ts';
import { causeOf, type RecordMeta } from './record-meta.ts';

export interface DeadMessage {
  readonly messageId: string;
  /** The queue it died in, not its DLQ. */
  readonly queue: string;
  readonly body: string;
}

export interface BuryDeps {
  readonly store: UploadStore;
  readonly board: StatusBoard;
  readonly clock: Clock;
  readonly queue: WorkQueue;
  readonly letters: DeadLetterStore;
  readonly driveForward: DriveForward;
  readonly finalizeUpload: FinalizeUpload;
  readonly deferWebhook: DeferWebhook;
  /** Ingests an upload event once more; throws when its shape is not one of ours. */
  readonly ingestBody: (body: unknown, meta: RecordMeta) => Promise<void>;
}

export type BuryMessage = (dead: DeadMessage, meta: RecordMeta) => Promise<void>;

const parseBody = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    // Not JSON is an answer here, not an error: such a message is kept as `invalid_message`.
    return undefined;
  }
};

const crashedOutcomes = (steps: readonly string[], at: number, meta: RecordMeta): Outcomes =>
  Object.fromEntries(
    steps.map((step) => [
      step,
      {
        state: 'failed',
        at,
        durationMs: 0,
        ...causeOf(meta),
        code: 'crashed',
        message: sentenceOf('crashed'),
      },
    ]),
  );

export const createBuryMessage = (deps: BuryDeps): BuryMessage => {
  const { store, board, clock, letters, driveForward, queue } = deps;

  const keep = async (dead: DeadMessage, code: ErrorCode, uploadId?: string): Promise<void> => {
    const letter: DeadLetter = {
      ...dead,
      fingerprint: `${dead.queue}.${code}`,
      code,
      message: sentenceOf(code),
      buriedAt: clock.now(),
      ...(uploadId === undefined ? {} : { uploadId }),
    };
    await letters.keep(letter);
  };

  /** The workers died each time they tried these steps, so nobody was left to say so. */
  const endSteps = async (dead: DeadMessage, body: unknown, meta: RecordMeta): Promise<boolean> => {
    const parsed = laneMessage.safeParse(body);
    if (!parsed.success) return false;
    const { uploadId, tenant, generation, steps } = parsed.data;
    const at = clock.now();
    const outcomes = crashedOutcomes(steps, at, meta);
    const dueAt = nextDriveAt(at, 0);
    const answer = await store.recordOutcomes({ uploadId, generation, outcomes, at, dueAt });
    if (answer.kind === 'refused') {
      const { current } = answer;
      await clearAfterWorker(deps, parsed.data, current);
      // Whoever ended it may have died each time before it told anybody.
      if (current?.generation === generation && !isLive(current)) {
        await queue.send('finalize', [finalizeMessageFor(uploadId, generation)], tenant);
      }
      // The message tells of a file that its owner took back: nothing of it is kept.
      if (current !== undefined && isDeleted(current)) return true;
    }
    await keep(dead, 'crashed', uploadId);
    if (answer.kind === 'recorded') {
      await board.show(documentOf(answer.upload));
      await driveForward(answer.upload, causeOf(meta), { after: new Set(steps) });
    }
    return true;
  };

  return async (dead, meta) => {
    const body = parseBody(dead.body);
    if (dead.queue === 'finalize') {
      const parsed = endMessage.safeParse(body);
      if (parsed.success) return deps.finalizeUpload(parsed.data, meta);
    }
    if (dead.queue === 'light' || dead.queue === 'heavy') {
      if (await endSteps(dead, body, meta)) return;
    }
    if (dead.queue === 'deletions') {
      const parsed = erasureMessage.safeParse(body);
      // A deletion works on no bytes that could kill it: what failed was around it, and it must not be given up.
      if (parsed.success) return queue.send('deletions', [parsed.data]);
    }
    if (dead.queue === 'webhooks') {
      const parsed = webhookMessage.safeParse(body);
      if (parsed.success) return deps.deferWebhook(parsed.data);
    }
    if (dead.queue === 'upload-events') {
      try {
        return await deps.ingestBody(body, meta);
      } catch (error) {
        if (!(error instanceof NonRetryableError)) throw error;
        return keep(dead, error.code);
      }
    }
    if (dead.queue === 'notifications') {
      // Nothing is wrong with it: whoever should have told the world failed each time.
      const { data } = anyNotification.safeParse(body);
      if (data !== undefined) {
        return keep(dead, 'crashed', data.kind === 'upload.ended' ? data.uploadId : undefined);
      }
    }
    await keep(dead, 'invalid_message');
  };
};
