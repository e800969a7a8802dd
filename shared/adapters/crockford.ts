/** Crockford base 32, lower case: no i, l, o or u, so that an id can be read aloud. */

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Characters that 128 bits take, five bits each; the first carries the three that are left over. */
const ID_LENGTH = 26;

/** 128 bits, given as 16 bytes, in 26 characters. */
export const crockford = (bytes: Uint8Array): string => {
  let bits = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = '';
  while (text.length < ID_LENGTH) {
    text = ALPHABET.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return text;
};
