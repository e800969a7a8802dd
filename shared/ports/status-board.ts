/** The status: a fast view of the state that may vanish, lag or lie at any moment. Nothing here decides anything. */
import type { StepMark } from '../domain/ready-status.ts';
import type { StatusDocument } from '../domain/status.ts';

/** Which upload, and whose: both are part of where it is shown. */
export interface ShownRef {
  readonly tenant: string;
  readonly owner: string;
  readonly uploadId: string;
}

export interface MarkedStep extends StepMark, ShownRef {
  readonly steps: readonly string[];
}

export type Claim = 'claimed' | 'held' | 'unavailable';

export interface LeaseTerms {
  /** What is worked on: one message's steps of one generation. */
  readonly key: string;
  /** Who works on it; only this token can release it. */
  readonly token: string;
  readonly seconds: number;
  /** Steps that are marked as running in the moment the lease is taken; it lies beside what is shown of their upload. */
  readonly marks?: MarkedStep | undefined;
}

export type HeldLease = Omit<LeaseTerms, 'seconds'>;

/** No method ever throws or takes longer than the adapter's named time-out: a silent board is an answer. */
export interface StatusBoard {
  /** Shows the document unless a newer `rev` is shown already; rings the bell when it is a new one. Gives `done` back in any case. */
  show(document: StatusDocument, done?: HeldLease): Promise<'shown' | 'older' | 'unavailable'>;
  /** Marks steps as running, and rings the bell; gone by itself after a while. */
  mark(step: MarkedStep): Promise<void>;
  /** Takes a lease so that two workers spare each other's work; of one that is held, nothing is marked. */
  claim(lease: LeaseTerms): Promise<Claim>;
  /** Gives a lease back if `token` still holds it. */
  release(lease: HeldLease): Promise<void>;
}
