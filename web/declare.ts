/** What the page finds out about a file before it sends it. */

/** As `MAX_POST_BYTES` of the API: what one upload may have. */
const MOST_BYTES = 5 * 1024 ** 3;
/** A digest needs the whole file in memory here; larger ones get theirs from the pipeline. */
const MOST_DIGESTED_BYTES = 32 * 1024 ** 2;

const hexOf = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Why this file cannot be uploaded at all, in a sentence. */
export const refusalOf = ({ size, name }: File): string | undefined => {
  if (size > MOST_BYTES) return 'The file is larger than 5 GiB, the most that one upload may have.';
  return name === '' ? 'The file has no name.' : undefined;
};

/** Its SHA-256 where that is cheap, so that bytes damaged on the way are refused by the storage. */
export const digestOf = async (file: File): Promise<string | undefined> =>
  // Web Crypto exists on secure origins only.
  file.size <= MOST_DIGESTED_BYTES && globalThis.isSecureContext
    ? hexOf(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
    : undefined;
