/**
 * Children: what an archive holds, as uploads of their own. The children of one generation of an upload are a group of which
 * nobody but that upload is told: its id says whose they are, and a child's id follows from it, so whoever makes them twice
 * makes the same ones.
 */
import { nextDriveAt } from './due.ts';
import type { Group } from './group.ts';
import type { ObjectVersion } from './object-version.ts';
import { CHILDREN_STEP, type StepOutcome } from './plan.ts';
import { type Moment, refused, type Transition } from './transition-result.ts';
import type { Upload } from './upload.ts';

/** The step that makes them. */
export const ENTRIES_STEP = 'archive-entries';

/**
 * A child waits for nobody but the worker that makes it, whose message may come again for as long as a step is driven. Only
 * then it expires.
 */
export const CHILD_WAIT_MS = 48 * 3_600_000;

/** Which generation of which upload something is about. */
export interface Run {
  readonly uploadId: string;
  readonly generation: number;
}

/** The id of the group of its children. No id of a group that a client made has a full stop in it. */
export const childrenIdOf = ({ uploadId, generation }: Run): string => `${uploadId}.${generation}`;

/** Whose children are in a group of this id; undefined for a group that a client made. */
export const parentIn = (groupId: string): Run | undefined => {
  const [, uploadId, generation] = /^([^.]+)\.([1-9]\d*)$/.exec(groupId) ?? [];
  return uploadId === undefined ? undefined : { uploadId, generation: Number(generation) };
};

/** The upload that one is a child of. */
export const parentOf = ({ group }: Pick<Upload, 'group'>): Run | undefined =>
  group && parentIn(group.id);

interface Terms extends Run {
  readonly tenant: string;
  readonly owner: string;
  readonly count: number;
}

/** The group that follows them, made before the first of them: so nobody has to guess how many there may be. */
export const newChildren = ({ tenant, owner, count, ...run }: Terms, at: number): Group => ({
  id: childrenIdOf(run),
  tenant,
  owner,
  createdAt: at,
  count,
  arrived: [],
  drives: 0,
  dueAt: nextDriveAt(at, 0),
});

/** What stands for the object of a child that has none, because its entry is damaged. */
export const noObject = (bucket: string, key: string, at: number): ObjectVersion => ({
  ...{ bucket, key, eTag: '', size: 0 },
  // Whole seconds, as S3 tells the time of an object.
  lastModified: Math.floor(at / 1000) * 1000,
});

/** Whether a child was ended by the worker that should have made it. */
export const wasRefused = ({ state, object }: Upload): boolean =>
  state === 'failed' && object?.eTag === '';

/** How many children a generation was found to have; undefined while nobody knows, and where there are none. */
const countIn = (outcome: StepOutcome | undefined): number | undefined => {
  const result = outcome?.state === 'succeeded' ? outcome.result : undefined;
  const count =
    typeof result === 'object' && result !== null ? Reflect.get(result, 'children') : undefined;
  return typeof count === 'number' ? count : undefined;
};

export interface ChildrenProgress {
  readonly count: number;
  /** How many of them have ended, as far as it is told. Never fewer than before. */
  readonly ended: number;
}

/** How far its children are; undefined while it is not known how many there are. */
export const childrenOf = (upload: Upload): ChildrenProgress | undefined => {
  const count = countIn(upload.outcomes[ENTRIES_STEP]);
  if (count === undefined) return undefined;
  const isOver = upload.outcomes[CHILDREN_STEP] !== undefined;
  return { count, ended: isOver ? count : Math.min(upload.childrenEnded ?? 0, count) };
};

/**
 * What has become of the generation that children were made for.
 * `making`: its worker is still at it, or comes again. `awaited`: all were made, and it ends when they have.
 * `over`: nobody waits for them any more.
 */
export type Awaiting = 'making' | 'awaited' | 'over';

export const awaitingOf = (parent: Upload | undefined, { generation }: Run): Awaiting => {
  if (parent?.state !== 'processing' || parent.generation !== generation) return 'over';
  const made = parent.outcomes[ENTRIES_STEP];
  if (made === undefined) return 'making';
  return made.state === 'succeeded' ? 'awaited' : 'over';
};

/** So often at most an upload is told how many of its children have ended: each time is a write of its row. */
const TOLD = 20;

/** Whether the arrival of one more child is worth telling its parent. The last one is told by the outcome. */
export const isWorthTelling = ({ arrived, count }: Pick<Group, 'arrived' | 'count'>): boolean => {
  const part = (ended: number): number => Math.floor((ended * TOLD) / count);
  const ended = arrived.length;
  return ended < count && part(ended) > part(ended - 1);
};

/** Only ever more, and without a word in the timeline. */
export const tellChildren = (
  upload: Upload,
  { generation, ended }: { readonly generation: number; readonly ended: number },
  { at }: Moment,
): Transition => {
  if (upload.generation !== generation) return refused('superseded');
  if (upload.state !== 'processing') return refused('already_ended');
  if (ended <= (upload.childrenEnded ?? 0)) return refused('duplicate');
  return { next: { ...upload, rev: upload.rev + 1, updatedAt: at, childrenEnded: ended } };
};

/**
 * The generations whose children nobody wants any more: of a deleted upload all of them; of one that has ended the earlier
 * ones, and its own when they were not made to the last.
 */
export const abandonedOf = (upload: Upload): readonly number[] => {
  if (!('endedAt' in upload)) return [];
  const generations = Array.from({ length: upload.generation }, (_, index) => index + 1);
  if (upload.deletedAt !== undefined) return generations;
  const isWhole = upload.outcomes[ENTRIES_STEP]?.state === 'succeeded';
  return isWhole ? generations.slice(0, -1) : generations;
};

/** Whether an ended upload may have left children that nobody wants. */
export const mayAbandon = (upload: Upload): boolean =>
  upload.plan.some(({ name }) => name === ENTRIES_STEP) && abandonedOf(upload).length > 0;
