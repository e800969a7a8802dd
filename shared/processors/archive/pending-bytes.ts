/** Bytes that came in pieces and wait to be read: each is copied once or twice, however small the pieces are. */

export interface PendingBytes {
  append(chunk: Uint8Array): void;
  /** What waits, valid until the next `append`. */
  readonly view: Buffer;
  /** The first bytes, which then wait no longer; as valid as `view`. */
  take(count: number): Buffer;
}

const FIRST_BYTES = 4096;

export const createPendingBytes = (): PendingBytes => {
  let bytes = Buffer.allocUnsafe(FIRST_BYTES);
  let [from, to] = [0, 0];
  const makeRoom = (count: number): void => {
    if (to + count <= bytes.length) return;
    const waiting = bytes.subarray(from, to);
    const needed = waiting.length + count;
    const next = needed <= bytes.length / 2 ? bytes : Buffer.allocUnsafe(2 * needed);
    next.set(waiting, 0);
    [from, to, bytes] = [0, waiting.length, next];
  };
  return {
    append(chunk) {
      makeRoom(chunk.length);
      bytes.set(chunk, to);
      to += chunk.length;
    },
    get view() {
      return bytes.subarray(from, to);
    },
    take(count) {
      const taken = bytes.subarray(from, Math.min(from + count, to));
      from += taken.length;
      return taken;
    },
  };
};
