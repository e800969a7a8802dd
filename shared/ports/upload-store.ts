/** The state: one row per upload. Everything that must last goes through these few conditional writes. */
import type { Outcomes } from '../domain/plan.ts';
import type { EndedUpload, ProcessingUpload, Upload } from '../domain/upload.ts';

/** Fenced by generation, first writer wins: the whole condition of recording outcomes. */
export interface OutcomesOf {
  readonly uploadId: string;
  readonly generation: number;
  readonly outcomes: Outcomes;
  readonly at: number;
  /** When the sweep looks next if nothing else happens. */
  readonly dueAt: number;
}

export type PutAnswer =
  | { readonly kind: 'written' }
  /** Another writer was first; `current` is what it wrote, undefined when there is no row. */
  | { readonly kind: 'lost'; readonly current: Upload | undefined };

export type RecordAnswer =
  /** The row after the write: its set of outcomes decides what follows. */
  | { readonly kind: 'recorded'; readonly upload: ProcessingUpload }
  /** The generation is not the current one, or it has ended. */
  | { readonly kind: 'refused'; readonly current: Upload | undefined };

export interface UploadPage {
  readonly uploads: readonly Upload[];
  readonly cursor: string | undefined;
}

export interface DueUpload {
  readonly id: string;
  readonly dueAt: number;
}

/** The number of partitions of the due index; the sweep reads each. */
export const DUE_SHARDS = 4;

/**
 * All reads are consistent but the listings and the scan. Errors of all methods: RetryableError `store_unavailable`
 * (throttled, timed out, 5xx), after which a write may or may not have happened.
 */
export interface UploadStore {
  find(uploadId: string): Promise<Upload | undefined>;
  /** The same for many at once, in the order asked; each row as it is, not all of one moment. */
  findAll(uploadIds: readonly string[]): Promise<readonly (Upload | undefined)[]>;
  /**
   * Replaces the row if its `rev` is still `upload.rev - 1` (no row at all counts as rev 0). A writer whose
   * answer got lost and who repeats the same call recognises its own row and is told `written`.
   */
  put(upload: Upload): Promise<PutAnswer>;
  /**
   * Adds outcomes in one conditional write: generation current, state processing, and each step only if it has
   * none. Idempotent but for `rev`, which grows. The answer is the whole row.
   */
  recordOutcomes(recorded: OutcomesOf): Promise<RecordAnswer>;
  /** Keeps the last row of a generation before the next one takes its place; idempotent. */
  archive(upload: EndedUpload | ProcessingUpload): Promise<void>;
  /** Kept rows of generations before `generation`, oldest first. */
  archived(uploadId: string, generation: number): Promise<readonly Upload[]>;
  /** Newest first, eventually consistent. */
  listByOwner(
    owner: { readonly tenant: string; readonly owner: string },
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<UploadPage>;
  /** Live uploads of a shard whose due time is not after `now`, oldest first, eventually consistent. */
  listDue(shard: number, now: number, limit: number): Promise<readonly DueUpload[]>;
  /**
   * Every upload as it is now, at most `limit` a page, in no order, eventually consistent. A page may be empty and
   * still have a cursor. Reads the whole table: for an operator, never for a request.
   */
  scan(limit: number, cursor?: string): Promise<UploadPage>;
}
