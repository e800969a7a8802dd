/** Where a poll asks: what is shown of an upload, and in the same breath what is known of the session that asks. */
import type { ReadyStatus, StepMarks } from '../domain/ready-status.ts';
import type { SeenSession } from './session-store.ts';
import type { Principal } from './session-verifier.ts';

export interface BoardEntry {
  readonly ready: ReadyStatus;
  /** Of steps that run now. */
  readonly marks: StepMarks;
  /** When it was last shown, and so last held against the state: milliseconds, by the clock of who showed it. */
  readonly shownAt: number;
}

export interface Look {
  readonly found: BoardEntry | 'missing' | 'unavailable';
  /** What the copies of sessions know of the reader's; `missing` for a reader without one. */
  readonly session: SeenSession;
}

/** Never throws or takes longer than the adapter's named time-out. */
export interface StatusDesk {
  /** One question, one answer. Whether the reader may see what is found is for the caller to say. */
  look(reader: Principal, uploadId: string): Promise<Look>;
}
