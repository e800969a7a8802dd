/** Keys of both buckets. Every key is made here, from a safe alphabet; the user's file name is never part of one. */

export const INCOMING_PREFIX = 'incoming/';
const RESULTS_PREFIX = 'results/';

const TENANT = /^[a-z0-9][a-z0-9-]{0,62}$/;
const UPLOAD_ID = /^upl_[0-9a-hjkmnp-tv-z]{26}$/;
const DERIVED_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** S3 allows 1,024 bytes for a key. */
const MAX_KEY_BYTES = 1024;

export const isTenant = (text: string): boolean => TENANT.test(text);
export const isDerivedName = (text: string): boolean => DERIVED_NAME.test(text);

/** Where the client of an upload puts its one object. */
export const incomingKey = (tenant: string, uploadId: string): string =>
  `${INCOMING_PREFIX}${tenant}/${uploadId}`;

/** Where one step of one generation writes one derived file. Deterministic, so a retry replaces its own file. */
export const derivedKey = (
  run: { readonly uploadId: string; readonly generation: number },
  step: string,
  name: string,
): string => `${RESULTS_PREFIX}${run.uploadId}/${run.generation}/${step}/${name}`;

/** Where everything derived from an upload lies. */
export const resultsPrefixOf = (uploadId: string): string => `${RESULTS_PREFIX}${uploadId}/`;

export const manifestKey = (uploadId: string, generation: number): string =>
  `${RESULTS_PREFIX}${uploadId}/${generation}/manifest.json`;

export interface IncomingKey {
  readonly tenant: string;
  /** The id in the key when it was made by `incomingKey`; other tools name their objects as they like. */
  readonly uploadId: string | undefined;
}

/** Reads a key under `incoming/`; undefined for every key that is not ours to process. */
export const parseIncomingKey = (key: string): IncomingKey | undefined => {
  if (!key.startsWith(INCOMING_PREFIX) || key.endsWith('/')) return undefined;
  const rest = key.slice(INCOMING_PREFIX.length);
  const slash = rest.indexOf('/');
  const tenant = rest.slice(0, slash);
  if (slash < 1 || !isTenant(tenant)) return undefined;
  const name = rest.slice(slash + 1);
  return { tenant, uploadId: UPLOAD_ID.test(name) ? name : undefined };
};

/**
 * The key as S3 spells it in an event, decoded once: "+" is a space, then percent-decoding.
 * Undefined when it is not decodable (`%zz`, half a character) or longer than a key can be.
 */
export const decodeEventKey = (encoded: string): string | undefined => {
  try {
    const key = decodeURIComponent(encoded.replaceAll('+', ' '));
    return key.length > 0 && new TextEncoder().encode(key).length <= MAX_KEY_BYTES
      ? key
      : undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
};
