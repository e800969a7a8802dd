/** XXH32, the checksum of LZ4, over bytes that come in pieces. */

export interface Xxh32 {
  update(bytes: Uint8Array): void;
  /** Unsigned; more may be added after it. */
  digest(): number;
}

const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;
const [P1, P2, P3, P4, P5] = PRIMES;
const STRIPE = 16;

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

const word = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) |
  ((bytes[at + 1] ?? 0) << 8) |
  ((bytes[at + 2] ?? 0) << 16) |
  ((bytes[at + 3] ?? 0) << 24);

const round = (lane: number, input: number): number =>
  Math.imul(rotate((lane + Math.imul(input, P2)) | 0, 13), P1);

export const createXxh32 = (): Xxh32 => {
  let [a, b, c, d] = [(P1 + P2) | 0, P2 | 0, 0, -P1 | 0];
  const rest = new Uint8Array(STRIPE);
  let [kept, total] = [0, 0];

  const stripe = (bytes: Uint8Array, at: number): void => {
    a = round(a, word(bytes, at));
    b = round(b, word(bytes, at + 4));
    c = round(c, word(bytes, at + 8));
    d = round(d, word(bytes, at + 12));
  };

  return {
    update(bytes) {
      total += bytes.length;
      let at = 0;
      if (kept > 0) {
        at = Math.min(STRIPE - kept, bytes.length);
        rest.set(bytes.subarray(0, at), kept);
        kept += at;
        if (kept < STRIPE) return;
        stripe(rest, 0);
        kept = 0;
      }
      for (; at + STRIPE <= bytes.length; at += STRIPE) stripe(bytes, at);
      rest.set(bytes.subarray(at));
      kept = bytes.length - at;
    },
    digest() {
      let hash =
        total >= STRIPE
          ? (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0
          : P5 | 0;
      hash = (hash + total) | 0;
      let at = 0;
      for (; at + 4 <= kept; at += 4) {
        hash = Math.imul(rotate((hash + Math.imul(word(rest, at), P3)) | 0, 17), P4);
      }
      for (; at < kept; at += 1) {
        hash = Math.imul(rotate((hash + Math.imul(rest[at] ?? 0, P5)) | 0, 11), P1);
      }
      hash = Math.imul(hash ^ (hash >>> 15), P2);
      hash = Math.imul(hash ^ (hash >>> 13), P3);
      return (hash ^ (hash >>> 16)) >>> 0;
    },
  };
};
