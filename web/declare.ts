/** What the page finds out about a file before it sends it. */

/** A digest needs the whole file in memory here; larger ones get theirs from the pipeline. */
const MOST_DIGESTED_BYTES = 32 * 1024 ** 2;

const hexOf = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Why this file cannot be uploaded at all, in a sentence. How large one may be is the deployment's to say, when it is announced. */
export const refusalOf = ({ name }: File): string | undefined =>
  name === '' ? 'The file has no name.' : undefined;

/** Its SHA-256 where that is cheap, so that bytes damaged on the way are refused by the storage. */
export const digestOf = async (file: File): Promise<string | undefined> =>
  // Web Crypto exists on secure origins only.
  file.size <= MOST_DIGESTED_BYTES && globalThis.isSecureContext
    ? hexOf(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
    : undefined;
