/** The results: all that was made of an upload. A projection of the state, like the status. */
import { manifestKey } from './object-key.ts';
import { isShownStep } from './part.ts';
import { type DerivedFileStatus, type StepStatus, statusOf } from './status.ts';
import type { Upload, UploadState } from './upload.ts';

export type StepResult = Pick<
  StepStatus,
  'name' | 'version' | 'state' | 'reused' | 'outcome' | 'error' | 'files'
>;

export interface UploadResults {
  readonly id: string;
  readonly state: UploadState;
  readonly generation: number;
  /** The lasting account of the generation, once it has ended. */
  readonly manifest?: Omit<DerivedFileStatus, 'size'> | undefined;
  readonly steps: readonly StepResult[];
}

export const MANIFEST_TYPE = 'application/json';

/** Where the manifest of the current generation lies; undefined while there is none. It is written before the state says so. */
export const manifestOfEnded = ({ id, generation, state, plan }: Upload): string | undefined => {
  // What was refused has failed without a plan.
  const isThere = state === 'completed' || (state === 'failed' && plan.length > 0);
  return isThere ? manifestKey(id, generation) : undefined;
};

const stepResult = (step: StepStatus): StepResult => {
  const { name, version, state, reused, outcome, error, files } = step;
  return {
    ...{ name, version, state },
    ...(reused === undefined ? {} : { reused }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(error === undefined ? {} : { error }),
    files,
  };
};

export const resultsOf = (upload: Upload): UploadResults => {
  const { id, state, generation } = upload;
  const manifest = { name: 'manifest.json', contentType: MANIFEST_TYPE };
  return {
    ...{ id, state, generation },
    ...(manifestOfEnded(upload) === undefined
      ? {}
      : { manifest: { ...manifest, href: `/uploads/${id}/manifest` } }),
    // What was made of a part of the file is for the step that puts the parts together.
    steps: statusOf(upload)
      .steps.filter(({ name }) => isShownStep(name))
      .map(stepResult),
  };
};
