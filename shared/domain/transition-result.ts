/** What an event can make of an upload: its next row, or a reason why not. */
import { type Cause, type TimelineEntry, type Upload, withEntry } from './upload.ts';

export type Refusal =
  /** It already happened; whoever asks again may re-send what follows from it. */
  | 'duplicate'
  /** A newer version of the object is already there. */
  | 'stale'
  /** An upload made through the API takes one object, and has it. */
  | 'one_object_only'
  /** The event belongs to a generation that is no longer the current one. */
  | 'superseded'
  | 'already_ended'
  /** Steps without an outcome are left. */
  | 'incomplete'
  | 'not_deleted'
  /** The upload may still arrive; a late writer may still write. */
  | 'too_early'
  /** Its owner deleted it. */
  | 'deleted'
  /** Nothing was processed that could be processed again, or it still is. */
  | 'not_reprocessable';

export type Transition = { readonly next: Upload } | { readonly refused: Refusal };

export interface Moment {
  readonly at: number;
  readonly cause: Cause;
}

export const refused = (reason: Refusal): Transition => ({ refused: reason });

export const stamp = (
  upload: Upload,
  { at, cause }: Moment,
  entry: Pick<TimelineEntry, 'event' | 'generation' | 'state'>,
): Pick<Upload, 'rev' | 'updatedAt' | 'timeline'> => ({
  rev: upload.rev + 1,
  updatedAt: at,
  timeline: withEntry(upload.timeline, { at, ...entry, ...cause }),
});
