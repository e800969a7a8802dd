/**
 * Looks for outcomes that other runs of the same bytes have come to, so that a worker need not come to them again: those of
 * the generation that this one repeats, and those of the tenant's upload that last had the same SHA-256. Derived files are
 * copied under the upload's own keys, so deleting the one takes nothing from the other.
 */
import type { LaneMessage } from '../contracts/messages.ts';
import { derivedKey } from '../domain/object-key.ts';
import type { DerivedFile, StepSucceeded } from '../domain/plan.ts';
import { digestOf, outcomeFor } from '../domain/reuse.ts';
import type { Upload } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentIndex } from '../ports/content-index.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { Processor } from '../processors/processor.ts';
import { causeOf, type RecordMeta } from './record-meta.ts';

export interface ReuseDeps {
  readonly store: UploadStore;
  readonly objects: Pick<ObjectStore, 'verifiedSha256' | 'copyResult'>;
  readonly contents: ContentIndex;
  readonly clock: Clock;
  readonly processorNamed: (name: string) => Processor | undefined;
}

export type ReuseOutcomes = (
  message: LaneMessage,
  meta: RecordMeta,
) => Promise<ReadonlyMap<string, StepSucceeded>>;

/** @returns the outcomes that stand for these steps, their files in place; the other steps are to be run. */
export const createReuseOutcomes = (deps: ReuseDeps): ReuseOutcomes => {
  const { store, objects, contents, clock, processorNamed } = deps;

  const repeated = async ({ uploadId, generation, repeats }: LaneMessage) => {
    if (repeats === undefined) return [];
    const archived = await store.archived(uploadId, generation);
    return archived.filter((earlier) => earlier.generation === repeats);
  };

  /** What a client says of its bytes is only where to look; S3 must have checked them, and the other row must say the same. */
  const ofSameBytes = async (message: LaneMessage): Promise<readonly Upload[]> => {
    const { tenant, uploadId, object, declaredSha256: sha256 } = message;
    if (sha256 === undefined) return [];
    const id = await contents.find({ tenant, sha256 });
    if (id === undefined || id === uploadId) return [];
    if ((await objects.verifiedSha256(object)) !== sha256) return [];
    const found = await store.find(id);
    return found !== undefined && digestOf(found) === sha256 ? [found] : [];
  };

  /** Undefined when a file is not there any more. */
  const filesFor = async (
    message: LaneMessage,
    step: string,
    files: readonly DerivedFile[],
  ): Promise<readonly DerivedFile[] | undefined> => {
    const copies = await Promise.all(
      files.map(async (file) => {
        const key = derivedKey(message, step, file.name);
        return (await objects.copyResult(file.key, key)) ? { ...file, key } : undefined;
      }),
    );
    const there = copies.filter((copy) => copy !== undefined);
    return there.length === files.length ? there : undefined;
  };

  return async (message, meta) => {
    const reused = new Map<string, StepSucceeded>();
    const steps = message.steps
      .map(processorNamed)
      .filter((processor) => processor?.isReusable === true);
    if (message.isFresh === true || steps.length === 0) return reused;
    const earlier = [...(await repeated(message)), ...(await ofSameBytes(message))];
    const { tenant, type, results, options = {} } = message;

    for (const step of steps) {
      for (const upload of step === undefined ? [] : earlier) {
        if (step === undefined || reused.has(step.name)) continue;
        const startedAt = clock.now();
        const outcome = outcomeFor(upload, { tenant, type, results, options, step });
        const files = outcome && (await filesFor(message, step.name, outcome.files));
        if (outcome === undefined || files === undefined) continue;
        const at = clock.now();
        reused.set(step.name, {
          state: 'succeeded',
          at,
          durationMs: Math.max(0, at - startedAt),
          ...causeOf(meta),
          result: outcome.result,
          files,
          reused: { uploadId: upload.id, generation: upload.generation },
        });
      }
    }
    return reused;
  };
};
