/** Unpacks what the Unix program `compress` packed (`.Z`): LZW with codes that grow from 9 to 16 bits. */
import { NonRetryableError } from '../../domain/errors.ts';

export interface ZUnpacker {
  write(chunk: Uint8Array): void;
  end(): void;
}

/** Magic number and flags. */
const HEADER_BYTES = 3;
const WIDTH_MASK = 0x1f;
const CLEARS = 0x80;
const FIRST_WIDTH = 9;
const MOST_WIDTH = 16;
const CLEAR = 256;
const NONE = -1;
/** What is unpacked is handed on in pieces of about this size. */
const PIECE_BYTES = 64 * 1024;

const corrupt = (): NonRetryableError =>
  new NonRetryableError('corrupt', { detail: 'It cannot be decompressed.' });

/** The table: each code is a shorter code and one more byte. */
const createTable = (clears: boolean) => {
  const prefix = new Uint16Array(2 ** MOST_WIDTH);
  const suffix = new Uint8Array(2 ** MOST_WIDTH);
  const first = clears ? CLEAR + 1 : CLEAR;
  const stack = new Uint8Array(2 ** MOST_WIDTH);
  let [free, previous, lead] = [first, NONE, 0];
  return {
    get free() {
      return free;
    },
    clear(): void {
      [free, previous] = [first, NONE];
    },
    /** The bytes of a code, valid until the next call. */
    expand(code: number): Uint8Array {
      if (code > free || (code === free && previous === NONE)) throw corrupt();
      if (previous === NONE && code > 255) throw corrupt();
      let at = stack.length;
      let rest = code;
      if (code === free) {
        // A code that is only now being made: what was before, and its own first byte.
        at -= 1;
        stack[at] = lead;
        rest = previous;
      }
      for (; rest > 255; rest = prefix[rest] ?? 0) {
        if (at === 0) throw corrupt();
        at -= 1;
        stack[at] = suffix[rest] ?? 0;
      }
      at -= 1;
      stack[at] = rest;
      lead = rest;
      if (previous !== NONE && free < prefix.length) {
        prefix[free] = previous;
        suffix[free] = lead;
        free += 1;
      }
      previous = code;
      return stack.subarray(at);
    },
  };
};

/** @throws NonRetryableError `corrupt` for a code that cannot be. */
export const createZUnpacker = (onBytes: (bytes: Uint8Array) => void): ZUnpacker => {
  let header: number[] = [];
  let table = createTable(true);
  let [clears, mostWidth, width] = [true, MOST_WIDTH, FIRST_WIDTH];
  // Codes come in groups of eight; the rest of a group is skipped when the width changes.
  const group = new Uint8Array(MOST_WIDTH);
  let filled = 0;
  const piece = Buffer.allocUnsafe(PIECE_BYTES + 2 ** MOST_WIDTH);
  let pieceBytes = 0;

  const flush = (): void => {
    if (pieceBytes > 0) onBytes(piece.subarray(0, pieceBytes));
    pieceBytes = 0;
  };
  const codeAt = (index: number): number => {
    const bit = index * width;
    const at = bit >> 3;
    const bits = (group[at] ?? 0) | ((group[at + 1] ?? 0) << 8) | ((group[at + 2] ?? 0) << 16);
    return (bits >> (bit & 7)) & (2 ** width - 1);
  };
  const readGroup = (codes: number): void => {
    filled = 0;
    for (let index = 0; index < codes; index += 1) {
      const code = codeAt(index);
      if (code === CLEAR && clears) {
        table.clear();
        width = FIRST_WIDTH;
        return;
      }
      const bytes = table.expand(code);
      piece.set(bytes, pieceBytes);
      pieceBytes += bytes.length;
      if (pieceBytes >= PIECE_BYTES) flush();
      if (table.free >= 2 ** width && width < mostWidth) {
        width += 1;
        return;
      }
    }
  };
  const readHeader = (byte: number): void => {
    header = [...header, byte];
    if (header.length < HEADER_BYTES) return;
    mostWidth = byte & WIDTH_MASK;
    clears = (byte & CLEARS) !== 0;
    if (mostWidth < FIRST_WIDTH || mostWidth > MOST_WIDTH) throw corrupt();
    table = createTable(clears);
  };

  return {
    write(chunk) {
      for (const byte of chunk) {
        if (header.length < HEADER_BYTES) {
          readHeader(byte);
          continue;
        }
        group[filled] = byte;
        filled += 1;
        if (filled === width) readGroup(8);
      }
    },
    end() {
      if (header.length < HEADER_BYTES) throw corrupt();
      readGroup(Math.floor((filled * 8) / width));
      flush();
    },
  };
};
