/** When an outcome that another run of the same bytes came to may stand for this one. Pure. */
import type { StepSucceeded } from './plan.ts';
import { isDeleted, type Upload } from './upload.ts';
import { type OptionName, optionsNamed, type UploadOptions } from './upload-options.ts';

/** The step whose result says which bytes an upload has. */
const DIGEST_STEP = 'sha256-digest';

/** What an earlier outcome must agree with. */
export interface Wanted {
  readonly tenant: string;
  /** By the bytes. */
  readonly type: string;
  readonly options: UploadOptions;
  /** Results of the steps that this one needs, by step. */
  readonly results: Readonly<Record<string, unknown>>;
  readonly step: {
    readonly name: string;
    readonly version: number;
    readonly needs?: readonly string[] | undefined;
    readonly options?: readonly OptionName[] | undefined;
  };
}

const fieldsOf = (value: object): readonly [string, unknown][] =>
  Object.entries(value).filter(([, field]) => field !== undefined);

/** Equal as JSON is, in whatever order fields come. */
const isSame = (left: unknown, right: unknown): boolean => {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return false;
  }
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const fields = fieldsOf(left);
  const others = new Map(fieldsOf(right));
  return (
    fields.length === others.size &&
    fields.every(([name, value]) => others.has(name) && isSame(value, others.get(name)))
  );
};

const resultOf = (upload: Upload, step: string): unknown => {
  const outcome = upload.outcomes[step];
  return outcome?.state === 'succeeded' ? outcome.result : undefined;
};

/** The SHA-256 that an upload was found to have, lower-case hexadecimal; undefined when nothing says so. */
export const digestOf = (upload: Upload): string | undefined => {
  const result = resultOf(upload, DIGEST_STEP);
  const sha256 =
    typeof result === 'object' && result !== null ? Reflect.get(result, 'sha256') : undefined;
  return typeof sha256 === 'string' ? sha256 : undefined;
};

/** The bytes that others may find the outcomes of this upload by: those that its client declared and that it was found to have. */
export const offeredBytes = (upload: Upload): string | undefined => {
  const declared = upload.declared?.sha256;
  return declared !== undefined && declared === digestOf(upload) ? declared : undefined;
};

/**
 * The outcome of `wanted.step` in an upload of the same bytes; undefined when there is none that would come out alike.
 * Whether the bytes are the same is for the caller to know.
 */
export const outcomeFor = (earlier: Upload, wanted: Wanted): StepSucceeded | undefined => {
  const { step, tenant, type, results } = wanted;
  const outcome = earlier.outcomes[step.name];
  const planned = earlier.plan.find(({ name }) => name === step.name);
  const isAlike =
    earlier.tenant === tenant &&
    !isDeleted(earlier) &&
    earlier.type === type &&
    planned?.version === step.version &&
    isSame(
      optionsNamed(earlier.options ?? {}, step.options),
      optionsNamed(wanted.options, step.options),
    ) &&
    (step.needs ?? []).every((need) => isSame(resultOf(earlier, need), results[need]));
  return isAlike && outcome?.state === 'succeeded' ? outcome : undefined;
};
