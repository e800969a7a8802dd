/** The status: what a user sees of an upload. A pure projection of the state; it can be made again at any time. */
import { type ChildrenProgress, childrenOf, parentOf } from './children.ts';
import type { FailureCode } from './errors.ts';
import { isShownStep } from './part.ts';
import { CHILDREN_STEP, type Lane, type PlannedStep, type StepOutcome } from './plan.ts';
import { releaseOf } from './release.ts';
import { isDeleted, isLive, type Upload, type UploadState } from './upload.ts';

export interface DerivedFileStatus {
  readonly name: string;
  readonly size: number;
  readonly contentType: string;
  /** Path of the download, relative to the API. */
  readonly href: string;
}

export interface StepStatus {
  readonly name: string;
  readonly version: number;
  readonly lane: Lane;
  readonly needs: readonly string[];
  readonly state: 'queued' | 'running' | StepOutcome['state'];
  readonly attempts: number;
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
  readonly durationMs?: number | undefined;
  /** Nobody worked for it: it came out alike for the same bytes before. */
  readonly reused?: true | undefined;
  /** The processor's own answer; its shape is the processor's outcome schema. */
  readonly outcome?: unknown;
  readonly error?: { readonly code: FailureCode; readonly message: string } | undefined;
  readonly files: readonly DerivedFileStatus[];
}

export interface UploadStatus {
  readonly id: string;
  readonly state: UploadState;
  readonly rev: number;
  readonly generation: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt?: string | undefined;
  readonly declared?:
    | {
        readonly name: string;
        readonly size: number;
        readonly type: string;
        readonly sha256?: string | undefined;
      }
    | undefined;
  readonly size?: number | undefined;
  /** The group it belongs to, by id. */
  readonly group?: string | undefined;
  /** The upload of the archive that it was an entry of, by id. */
  readonly parent?: string | undefined;
  /** What was in it, as uploads of their own. */
  readonly children?: (ChildrenProgress & { readonly href: string }) | undefined;
  /** By the bytes, not by name or declaration. */
  readonly detectedType?: string | undefined;
  readonly steps: readonly StepStatus[];
  /** Percent of the steps that have ended, children counting as much as all steps; 100 only when the upload has. */
  readonly progress: number;
  readonly error?:
    | { readonly code: FailureCode; readonly message: string; readonly step?: string | undefined }
    | undefined;
}

/** The status and whom it may be shown to. */
export interface StatusDocument {
  readonly tenant: string;
  readonly owner: string;
  /** Deleted: it may be shown to nobody, and only takes the place of what was shown before. */
  readonly deletedAt?: number | undefined;
  readonly status: UploadStatus;
}

const instant = (ms: number): string => new Date(ms).toISOString();

const endOf = (outcome: StepOutcome): Omit<StepStatus, keyof PlannedStep | 'files'> => ({
  state: outcome.state,
  attempts: outcome.attempt,
  startedAt: instant(outcome.at - outcome.durationMs),
  endedAt: instant(outcome.at),
  durationMs: outcome.durationMs,
  ...(outcome.state === 'succeeded'
    ? {
        ...(outcome.reused === undefined ? {} : { reused: true as const }),
        outcome: outcome.result,
      }
    : { error: { code: outcome.code, message: outcome.message } }),
});

const stepStatus = (upload: Upload, step: PlannedStep): StepStatus => {
  const { name, version, lane, needs } = step;
  const outcome = upload.outcomes[name];
  const planned = { name, version, lane, needs };
  if (outcome === undefined) return { ...planned, state: 'queued', attempts: 0, files: [] };
  const isShown =
    outcome.state === 'succeeded' && isShownStep(name) && releaseOf(upload) === 'released';
  const files = isShown ? outcome.files : [];
  return {
    ...planned,
    ...endOf(outcome),
    files: files.map(({ name: file, size, contentType }) => ({
      name: file,
      size,
      contentType,
      href: `/uploads/${upload.id}/results/${name}/${file}`,
    })),
  };
};

/** Percent of its steps that have ended. Where an upload has children, they are half of it. */
const percentEnded = (upload: Upload): number => {
  const { plan, outcomes } = upload;
  const steps = plan.filter(({ name }) => name !== CHILDREN_STEP);
  const ended = steps.filter(({ name }) => outcomes[name] !== undefined).length;
  if (steps.length === plan.length) return (100 * ended) / steps.length;
  const children = childrenOf(upload) ?? { count: 1, ended: 0 };
  const isOver = outcomes[CHILDREN_STEP] !== undefined;
  const ofChildren = isOver ? 50 : (50 * children.ended) / Math.max(children.count, 1);
  return (50 * ended) / steps.length + ofChildren;
};

/** Percent of the work that is done; 100 only when the upload has ended. */
export const progressPercent = (upload: Upload): number => {
  if (!isLive(upload)) return 100;
  if (upload.plan.length === 0) return 0;
  return Math.min(99, Math.floor(percentEnded(upload)));
};

/** Of the group that its client made, or of the upload that it is a child of. */
const placeOf = (upload: Upload): Pick<UploadStatus, 'group' | 'parent'> => {
  const parent = parentOf(upload);
  if (parent !== undefined) return { parent: parent.uploadId };
  return upload.group === undefined ? {} : { group: upload.group.id };
};

const childrenStatus = (upload: Upload): Pick<UploadStatus, 'children'> => {
  const children = childrenOf(upload);
  if (children === undefined) return {};
  return { children: { ...children, href: `/uploads/${upload.id}/children` } };
};

/** What a user sees of `upload`. */
export const statusOf = (upload: Upload): UploadStatus => ({
  id: upload.id,
  state: upload.state,
  rev: upload.rev,
  generation: upload.generation,
  createdAt: instant(upload.createdAt),
  updatedAt: instant(upload.updatedAt),
  ...('endedAt' in upload ? { endedAt: instant(upload.endedAt) } : {}),
  ...(upload.declared === undefined ? {} : { declared: upload.declared }),
  ...placeOf(upload),
  ...childrenStatus(upload),
  ...(upload.object === undefined ? {} : { size: upload.object.size }),
  ...(upload.type === undefined ? {} : { detectedType: upload.type }),
  steps: upload.plan.map((step) => stepStatus(upload, step)),
  progress: progressPercent(upload),
  ...('failure' in upload && upload.failure !== undefined ? { error: upload.failure } : {}),
});

export const documentOf = (upload: Upload): StatusDocument => ({
  tenant: upload.tenant,
  owner: upload.owner,
  ...(isDeleted(upload) ? { deletedAt: upload.deletedAt } : {}),
  status: statusOf(upload),
});
