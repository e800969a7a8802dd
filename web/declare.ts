/** What the page tells the API of a file before it sends it. */
import type { Declared } from './api.ts';

/** As `MAX_POST_BYTES` of the API: what one form post to S3 may carry. */
const MOST_BYTES = 5 * 1024 ** 3;
const MOST_NAME_CHARACTERS = 255;
/** A digest needs the whole file in memory here; larger ones get theirs from the pipeline. */
const MOST_DIGESTED_BYTES = 32 * 1024 ** 2;

const shortened = (name: string): string => {
  if (name.length <= MOST_NAME_CHARACTERS) return name;
  const ending = /\.[^.]{1,16}$/.exec(name)?.[0] ?? '';
  return name.slice(0, MOST_NAME_CHARACTERS - ending.length) + ending;
};

const hexOf = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Why this file cannot be uploaded at all, in a sentence. */
export const refusalOf = ({ size, name }: File): string | undefined => {
  if (size > MOST_BYTES) return 'The file is larger than 5 GiB, the most that one upload may have.';
  return name === '' ? 'The file has no name.' : undefined;
};

/** With its SHA-256 where that is cheap, so that bytes damaged on the way are refused by the storage. */
export const declare = async (file: File): Promise<Declared> => {
  const type = file.type.toLowerCase().split(';')[0]?.trim() ?? '';
  // Web Crypto exists on secure origins only.
  const digest =
    file.size <= MOST_DIGESTED_BYTES && globalThis.isSecureContext
      ? await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
      : undefined;
  return {
    name: shortened(file.name),
    size: file.size,
    ...(/^[\w.+-]+\/[\w.+-]+$/.test(type) && type.length <= 127 ? { type } : {}),
    ...(digest === undefined ? {} : { sha256: hexOf(digest) }),
  };
};
