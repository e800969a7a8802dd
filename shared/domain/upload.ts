/** An upload: the thing a user follows. One of these is one row of the state store; `transition.ts` says how it may change. */
import type { FailureCode } from './errors.ts';
import type { ObjectVersion } from './object-version.ts';
import type { Outcomes, Plan } from './plan.ts';
import type { UploadOptions } from './upload-options.ts';

/** What the client said about its file; data, never trusted. */
export interface DeclaredFile {
  readonly name: string;
  readonly size: number;
  readonly type: string;
  /** Lower-case hexadecimal. */
  readonly sha256?: string | undefined;
}

/** What made something happen, to find its log lines. */
export interface Cause {
  /** The invocation. */
  readonly requestId: string;
  /** Which delivery of the message it was, from 1. */
  readonly attempt: number;
}

export const TIMELINE_EVENTS = [
  'created',
  'accepted',
  'refused',
  'driven',
  'reprocess_requested',
  'ended',
  'deleted',
  'erased',
] as const;

/** One change of the upload as a whole; changes of steps are told by their outcomes. */
export interface TimelineEntry extends Cause {
  readonly at: number;
  readonly event: (typeof TIMELINE_EVENTS)[number];
  readonly generation: number;
  readonly state: UploadState;
}

export const TERMINAL_STATES = ['completed', 'failed', 'expired', 'cancelled', 'rejected'] as const;
export const UPLOAD_STATES = ['awaiting_upload', 'processing', ...TERMINAL_STATES] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];
export type UploadState = (typeof UPLOAD_STATES)[number];

export interface UploadFailure {
  readonly code: FailureCode;
  readonly message: string;
  readonly step?: string | undefined;
}

/** The place of an upload in a group. */
export interface GroupPlace {
  readonly id: string;
  /** From 0; with the group's id it makes the upload's own. */
  readonly index: number;
}

interface UploadBase {
  readonly id: string;
  readonly tenant: string;
  readonly owner: string;
  /** `api`: made by `POST /uploads`, takes one object. `bucket`: dropped there by another tool, each overwrite is a generation. */
  readonly origin: 'api' | 'bucket';
  readonly declared?: DeclaredFile | undefined;
  /** What its client asked of the processing; nothing changes it later. */
  readonly options?: UploadOptions | undefined;
  /** Of an upload that is followed together with others. */
  readonly group?: GroupPlace | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Grows by one with every write; never goes back, not even over generations. */
  readonly rev: number;
  /** 0 until an object was accepted or refused. */
  readonly generation: number;
  readonly object?: ObjectVersion | undefined;
  /** By the bytes. */
  readonly type?: string | undefined;
  readonly plan: Plan;
  readonly outcomes: Outcomes;
  /** How many of its children were told to have ended; what decides is the set in their group's row. */
  readonly childrenEnded?: number | undefined;
  readonly timeline: readonly TimelineEntry[];
}

export interface AwaitingUpload extends UploadBase {
  readonly state: 'awaiting_upload';
  /** After this no new upload can start. */
  readonly uploadDeadline: number;
  readonly dueAt: number;
  readonly drives: number;
}

export interface ProcessingUpload extends UploadBase {
  readonly state: 'processing';
  readonly object: ObjectVersion;
  readonly type: string;
  readonly startedAt: number;
  /** The generation of the same object that this one processes once more. */
  readonly repeats?: number | undefined;
  /** An operator wants every step worked anew, whatever was found out before. */
  readonly isFresh?: boolean | undefined;
  readonly dueAt: number;
  readonly drives: number;
  /** How many outcomes it had when it was driven last. */
  readonly drivenWith?: number | undefined;
}

/** What of a deleted upload may still lie around, and when the sweep has it erased again. */
export interface Erasure {
  readonly dueAt: number;
  readonly drives: number;
  /** Others may still find it by these bytes. */
  readonly sha256?: string | undefined;
  /** It may have children, which go with it. */
  readonly hasChildren?: true | undefined;
  /** When everything had been erased for the first time. */
  readonly emptiedAt?: number | undefined;
}

export interface EndedUpload extends UploadBase {
  readonly state: TerminalState;
  readonly startedAt?: number | undefined;
  readonly endedAt: number;
  readonly failure?: UploadFailure | undefined;
  /** Its owner deleted it. The row is a tombstone from then on: it says nothing of the file, and nothing brings it back. */
  readonly deletedAt?: number | undefined;
  /** Present until everything of a deleted upload is certainly gone. */
  readonly erasure?: Erasure | undefined;
}

export type DeletedUpload = EndedUpload & { readonly deletedAt: number };

export type LiveUpload = AwaitingUpload | ProcessingUpload;
export type Upload = LiveUpload | EndedUpload;

export const isLiveState = (state: UploadState): state is LiveUpload['state'] =>
  state === 'awaiting_upload' || state === 'processing';

export const isLive = (upload: Upload): upload is LiveUpload => isLiveState(upload.state);

export const isDeleted = (upload: Upload): upload is DeletedUpload =>
  'deletedAt' in upload && upload.deletedAt !== undefined;

/** How often it was driven since a step last ended: only what does not go on is given up. */
export const drivesInVain = (upload: LiveUpload): number => {
  const drivenWith = ('drivenWith' in upload ? upload.drivenWith : undefined) ?? 0;
  return Object.keys(upload.outcomes).length > drivenWith ? 0 : upload.drives;
};

/** When the sweep looks at it; undefined when nothing is left to do. */
export const dueAtOf = (upload: Upload): number | undefined =>
  isLive(upload) ? upload.dueAt : upload.erasure?.dueAt;

/** The newest entries a row keeps; re-drives are few, so this only guards the row's size. */
const MAX_TIMELINE_ENTRIES = 64;

/** The timeline with one more entry. */
export const withEntry = (
  timeline: readonly TimelineEntry[],
  entry: TimelineEntry,
): readonly TimelineEntry[] => [...timeline, entry].slice(-MAX_TIMELINE_ENTRIES);

/** Owner of what other tools drop into the bucket; everyone of the tenant may see it. */
export const BUCKET_OWNER = 'bucket';

/** Every id of such an upload begins with it, and no other id does. */
export const OBJECT_ID_PREFIX = 'obj_';

/** Whose an upload of this id is, if `reader` may see it at all. */
export const ownerOf = (uploadId: string, reader: string): string =>
  uploadId.startsWith(OBJECT_ID_PREFIX) ? BUCKET_OWNER : reader;

export interface NewUpload {
  readonly id: string;
  readonly tenant: string;
  readonly owner: string;
  readonly declared: DeclaredFile;
  readonly options?: UploadOptions | undefined;
  readonly group?: GroupPlace | undefined;
  readonly uploadDeadline: number;
  readonly dueAt: number;
}

/** An upload as `POST /uploads` makes it. */
export const newUpload = (
  { id, tenant, owner, declared, options, group, uploadDeadline, dueAt }: NewUpload,
  at: number,
  cause: Cause,
): AwaitingUpload => ({
  id,
  tenant,
  owner,
  origin: 'api',
  declared,
  ...(options === undefined ? {} : { options }),
  ...(group === undefined ? {} : { group }),
  createdAt: at,
  updatedAt: at,
  rev: 1,
  generation: 0,
  plan: [],
  outcomes: {},
  timeline: [{ at, event: 'created', generation: 0, state: 'awaiting_upload', ...cause }],
  state: 'awaiting_upload',
  uploadDeadline,
  dueAt,
  drives: 0,
});

/** What an object without a `POST /uploads` starts from: nothing stored yet, so `rev` is 0. */
export const unseenUpload = (id: string, tenant: string, at: number): AwaitingUpload => ({
  id,
  tenant,
  owner: BUCKET_OWNER,
  origin: 'bucket',
  createdAt: at,
  updatedAt: at,
  rev: 0,
  generation: 0,
  plan: [],
  outcomes: {},
  timeline: [],
  state: 'awaiting_upload',
  uploadDeadline: at,
  dueAt: at,
  drives: 0,
});
