/** What a client may ask of the processing of its file, at `POST /uploads`. An object without an announcement has none. */
import type { TableValidation } from './table-schema.ts';

/** What follows from a file that is not what it is called: nothing, another label, or the end. From mild to strict. */
export const TYPE_POLICIES = ['accept', 'relabel', 'reject'] as const;
export type TypePolicy = (typeof TYPE_POLICIES)[number];

export interface UploadOptions {
  readonly typePolicy?: TypePolicy | undefined;
  readonly tableValidation?: TableValidation | undefined;
  /** Each file in a zip is to become an upload of its own. */
  readonly unpack?: true | undefined;
}

/** The options with the stricter one of their own policy and that of the deployment; none when there is nothing to say. */
export const withPolicyOf = (
  options: UploadOptions | undefined,
  deployment: TypePolicy,
): UploadOptions | undefined => {
  const strictness = (policy: TypePolicy): number => TYPE_POLICIES.indexOf(policy);
  const asked = options?.typePolicy ?? 'accept';
  const typePolicy = strictness(asked) > strictness(deployment) ? asked : deployment;
  return typePolicy === 'accept' ? options : { ...options, typePolicy };
};

export type OptionName = keyof UploadOptions;

/** Only the options with these names, so that nobody comes to depend on one that it does not name. */
export const optionsNamed = (
  options: UploadOptions,
  names: readonly OptionName[] = [],
): UploadOptions =>
  Object.fromEntries(
    Object.entries(options).filter(([name]) => names.some((known) => known === name)),
  );
