/** `manifest.json`: the lasting account of one generation, made only of what its outcomes fixed, so every writer writes the same bytes. */
import { isShownStep } from '../domain/part.ts';
import { firstFailure } from '../domain/plan.ts';
import { releaseOf } from '../domain/release.ts';
import type { ProcessingUpload } from '../domain/upload.ts';

export interface Manifest {
  readonly v: 1;
  readonly uploadId: string;
  readonly generation: number;
  readonly state: 'completed' | 'failed';
  readonly object: ProcessingUpload['object'];
  readonly type: string;
  readonly declared: ProcessingUpload['declared'];
  readonly steps: readonly {
    readonly name: string;
    readonly version: number;
    readonly outcome: unknown;
  }[];
}

/**
 * Of what is withheld, nobody is told where it lies; and whose outcome it was first is nothing that its owner may know: it
 * may be another owner's.
 */
const shown = (upload: ProcessingUpload, step: string): unknown => {
  const outcome = upload.outcomes[step];
  if (outcome?.state !== 'succeeded') return outcome;
  const { files, reused, ...rest } = outcome;
  return {
    ...rest,
    files: releaseOf(upload) === 'released' && isShownStep(step) ? files : [],
    ...(reused === undefined ? {} : { reused: true }),
  };
};

export const manifestOf = (upload: ProcessingUpload): Manifest => ({
  v: 1,
  uploadId: upload.id,
  generation: upload.generation,
  state: firstFailure(upload.plan, upload.outcomes) === undefined ? 'completed' : 'failed',
  object: upload.object,
  type: upload.type,
  declared: upload.declared,
  steps: upload.plan.map(({ name, version }) => ({
    name,
    version,
    outcome: shown(upload, name),
  })),
});
