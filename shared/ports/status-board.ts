/** The status: a fast view of the state that may vanish, lag or lie at any moment. Nothing here decides anything. */
import type { StatusDocument } from '../domain/status.ts';

/** How far a running step is; a hint beside the document. */
export interface StepMark {
  readonly generation: number;
  readonly startedAt: number;
  readonly attempt: number;
}

export interface BoardEntry {
  readonly document: StatusDocument;
  /** By step. */
  readonly marks: Readonly<Record<string, StepMark>>;
}

export interface MarkedStep extends StepMark {
  readonly tenant: string;
  readonly uploadId: string;
  readonly steps: readonly string[];
}

export type Claim = 'claimed' | 'held' | 'unavailable';

export interface LeaseTerms {
  /** What is worked on: one message's steps of one generation. */
  readonly key: string;
  /** Who works on it; only this token can release it. */
  readonly token: string;
  readonly seconds: number;
}

/** No method ever throws or takes longer than the adapter's named time-out: a silent board is an answer. */
export interface StatusBoard {
  /** Shows the document unless a newer `rev` is shown already. */
  show(document: StatusDocument): Promise<'shown' | 'older' | 'unavailable'>;
  find(tenant: string, uploadId: string): Promise<BoardEntry | 'missing' | 'unavailable'>;
  /** Marks steps as running; gone by itself after a while. */
  mark(step: MarkedStep): Promise<void>;
  /** Takes a lease so that two workers spare each other's work. */
  claim(lease: LeaseTerms): Promise<Claim>;
  /** Gives a lease back if `token` still holds it. */
  release(lease: Pick<LeaseTerms, 'key' | 'token'>): Promise<void>;
}
