/**
 * Sends kept dead letters on their way again. A letter is forgotten only after what it asks for is durable, so whoever
 * dies in between only sends it twice; and what is sent twice, or too late, somebody downstream finds done.
 */
import {
  anyNotification,
  endMessage,
  erasureMessage,
  laneMessage,
  webhookMessage,
} from '../contracts/messages.ts';
import { PipelineError } from '../domain/errors.ts';
import type { Lane } from '../domain/plan.ts';
import { type Cause, isLive } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeadLetter, DeadLetterStore } from '../ports/dead-letter-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import { QUEUES, type QueueName, type WorkQueue } from '../ports/work-queue.ts';
import { isChosen, type LetterChoice } from './list-letters.ts';
import type { ReprocessUpload } from './reprocess-upload.ts';

export interface RedriveDeps {
  readonly store: UploadStore;
  readonly queue: WorkQueue;
  readonly letters: DeadLetterStore;
  readonly clock: Clock;
  readonly reprocessUpload: ReprocessUpload;
}

export interface RedriveTerms extends LetterChoice {
  /** Only tell what would be done. */
  readonly dryRun: boolean;
  /** Letters acted upon in one second, at most. */
  readonly perSecond: number;
  /** Process a failed upload once more, as a generation of its own, instead of leaving it. */
  readonly reprocess: boolean;
  readonly cursor?: string | undefined;
}

export interface OperatorRun extends Cause {
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** `send` and `reprocess` are done and the letter forgotten, or would be in a dry run; `leave` does nothing and keeps it. */
export interface LetterAnswer {
  readonly messageId: string;
  readonly fingerprint: string;
  readonly uploadId?: string | undefined;
  readonly action: 'send' | 'reprocess' | 'leave';
  /** Why, for people. */
  readonly because: string;
}

export interface RedriveReport {
  readonly dryRun: boolean;
  readonly letters: readonly LetterAnswer[];
  /** Everything there is was looked at. Otherwise ask again, with the cursor if there is one. */
  readonly done: boolean;
  readonly cursor?: string | undefined;
  /** What ended the run early; the letter it happened at is kept. */
  readonly stoppedBy?: { readonly code: string; readonly message: string } | undefined;
}

export type RedriveLetters = (terms: RedriveTerms, run: OperatorRun) => Promise<RedriveReport>;

type Decision =
  | {
      readonly action: 'send';
      readonly queue: QueueName;
      readonly body: object;
      readonly because: string;
    }
  | { readonly action: 'reprocess'; readonly uploadId: string; readonly because: string }
  | { readonly action: 'leave'; readonly because: string };

const PAGE = 10;
/** So many letters are looked at in one invocation; the answer says where to go on. */
const PAGES_PER_RUN = 50;

const leave = (because: string): Decision => ({ action: 'leave', because });

const objectIn = (body: string): object | undefined => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // Not JSON is an answer here: nobody could work such a message, now or later.
    return undefined;
  }
};

interface Shape {
  readonly safeParse: (body: unknown) => { readonly success: boolean };
}

/** What a worker of the queue takes; steps and events of the storage are judged by more than their shape. */
const SHAPES: Readonly<Record<Exclude<QueueName, Lane | 'upload-events'>, Shape>> = {
  finalize: endMessage,
  notifications: anyNotification,
  deletions: erasureMessage,
  webhooks: webhookMessage,
};

const sendAgain = (queue: QueueName, body: object): Decision => ({
  action: 'send',
  queue,
  body,
  because: `It is worked again from the queue ${queue}.`,
});

const createDecide = ({ store }: RedriveDeps, reprocess: boolean) => {
  const decideLane = async (queue: Lane, body: object): Promise<Decision> => {
    const parsed = laneMessage.safeParse(body);
    if (!parsed.success) return leave('This version does not understand the message.');
    const { uploadId, generation, steps } = parsed.data;
    const upload = await store.find(uploadId);
    if (upload === undefined) return leave('There is no such upload any more.');
    if (upload.generation !== generation) {
      return leave(`It is of generation ${generation}, and the upload is at ${upload.generation}.`);
    }
    if (isLive(upload)) {
      return steps.every((step) => step in upload.outcomes)
        ? leave('Its steps have ended, and the upload has not yet. Ask again once it has.')
        : sendAgain(queue, body);
    }
    if (upload.state !== 'failed') return leave(`The upload has ended as ${upload.state}.`);
    return reprocess
      ? {
          action: 'reprocess',
          uploadId,
          because: `The upload has failed; generation ${generation + 1} processes it once more.`,
        }
      : leave('The upload has ended as failed. With "reprocess": true it is processed once more.');
  };

  return async (letter: DeadLetter): Promise<Decision> => {
    const queue = QUEUES.find((name) => name === letter.queue);
    if (queue === undefined) return leave('It does not come from a queue of ours.');
    const body = objectIn(letter.body);
    if (body === undefined) return leave('Its body is not a JSON object, or was cut at 64 KB.');
    if (queue === 'light' || queue === 'heavy') return decideLane(queue, body);
    if (queue === 'upload-events') return sendAgain(queue, body);
    return SHAPES[queue].safeParse(body).success
      ? sendAgain(queue, body)
      : leave('This version does not understand the message.');
  };
};

/** Whose share of the queue it takes; a message of somebody whom nobody can name takes one of its own. */
const tenantIn = (body: object): string | undefined =>
  'tenant' in body && typeof body.tenant === 'string' ? body.tenant : undefined;

const answerOf = (
  { messageId, fingerprint, uploadId }: DeadLetter,
  { action, because }: Decision,
): LetterAnswer => ({
  messageId,
  fingerprint,
  ...(uploadId === undefined ? {} : { uploadId }),
  action,
  because,
});

export const createRedriveLetters = (deps: RedriveDeps): RedriveLetters => {
  const { queue, letters, clock, reprocessUpload } = deps;

  const act = async (letter: DeadLetter, decision: Decision, cause: Cause): Promise<void> => {
    if (decision.action === 'leave') return;
    if (decision.action === 'send')
      await queue.send(decision.queue, [decision.body], tenantIn(decision.body));
    else await reprocessUpload(decision.uploadId, cause);
    await letters.forget(letter.messageId);
  };

  return async ({ dryRun, perSecond, reprocess, cursor: start, ...choice }, run) => {
    const { signal, logger, requestId, attempt } = run;
    const decide = createDecide(deps, reprocess);
    const answers: LetterAnswer[] = [];
    let acted = 0;

    /** False when there is no time left for this letter. */
    const redrive = async (letter: DeadLetter): Promise<boolean> => {
      const decision = await decide(letter);
      if (decision.action !== 'leave' && !dryRun) {
        if (acted > 0) await clock.sleep(1000 / perSecond, signal);
        if (signal.aborted) return false;
        await act(letter, decision, { requestId, attempt });
        acted += 1;
      }
      answers.push(answerOf(letter, decision));
      const { messageId, fingerprint } = letter;
      logger.info({ messageId, fingerprint, action: decision.action, dryRun }, 'letter decided');
      return true;
    };

    let cursor = start;
    const report = (rest: Pick<RedriveReport, 'done' | 'stoppedBy'>): RedriveReport => ({
      dryRun,
      letters: answers,
      ...(rest.done || cursor === undefined ? {} : { cursor }),
      ...rest,
    });
    try {
      for (let pages = 0; pages < PAGES_PER_RUN; pages += 1) {
        const page = await letters.list(PAGE, cursor);
        for (const letter of page.letters.filter(isChosen(choice))) {
          // The cursor stays at the page that is not done: its sent letters are forgotten, the others come again.
          if (signal.aborted || !(await redrive(letter))) return report({ done: false });
        }
        cursor = page.cursor;
        if (cursor === undefined) return report({ done: true });
      }
      return report({ done: false });
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      logger.warn({ err: error }, 'redrive stopped');
      return report({ done: false, stoppedBy: { code: error.code, message: error.message } });
    }
  };
};
