/**
 * Decodes LZMA (LZMA SDK, lzma-specification.txt): what lzip wraps. Bytes go in as they come, pieces come out; the libraries
 * that there are hold the whole file.
 */
import { NonRetryableError } from '../../domain/errors.ts';
import { createRange, HALF, type Range } from './lzma-range.ts';

export interface LzmaProperties {
  /** High bits of the last byte that choose the model of a literal. */
  readonly literalContextBits: number;
  /** Low bits of the position that choose the model of a literal. */
  readonly literalPositionBits: number;
  /** Low bits of the position that choose the models of everything else. */
  readonly positionBits: number;
  /** How far back a match may reach, in bytes. */
  readonly dictionaryBytes: number;
}

export interface LzmaDecoder {
  /**
   * Decodes from `at` on, as far as the bytes that are there surely suffice, or to the end marker.
   * @param isLast whether no more bytes will come
   * @returns where it stopped
   * @throws NonRetryableError `corrupt` for a stream that cannot be, or that ends early.
   */
  decode(input: Uint8Array, at: number, isLast: boolean): number;
  /** Whether the end marker was met. */
  readonly isDone: boolean;
}

/** More than one symbol can take; a symbol is begun only when so many bytes are there. */
const MOST_SYMBOL_BYTES = 20;
const PIECE_BYTES = 64 * 1024;
/** Twice what the largest preset of lzip asks for; a stream that really reaches farther back is not held. */
const MOST_WINDOW_BYTES = 64 * 1024 ** 2;

const STATES = 12;
const FIRST_MATCH_STATE = 7;
const POSITION_STATES = 16;
const MATCH_MIN = 2;
const LENGTH_STATES = 4;
const SLOT_BITS = 6;
const ALIGN_BITS = 4;
const FIRST_MODEL_SLOT = 4;
const END_MODEL_SLOT = 14;
const FULL_DISTANCES = 1 << (END_MODEL_SLOT / 2);
const LITERAL_MODELS = 0x300;
/** The distance that no match has. */
const END_MARKER = 0xffffffff;

const corrupt = (): NonRetryableError =>
  new NonRetryableError('corrupt', { detail: 'It cannot be decompressed.' });

const tooFar = (): NonRetryableError =>
  new NonRetryableError('over_budget', {
    detail: `It needs more than ${MOST_WINDOW_BYTES / 1024 ** 2} MiB to be decompressed.`,
  });

/** Models of lengths: short, middle and long ones, the first two by position. */
const LENGTHS = { choice: 0, choice2: 1, low: 2, mid: 2 + 16 * 8, high: 2 + 16 * 8 * 2 } as const;
const LENGTH_MODELS = LENGTHS.high + 256;

/** Where each kind of model begins in the one array that holds them all. */
const MODELS = (() => {
  let next = 0;
  const take = (count: number): number => {
    next += count;
    return next - count;
  };
  return {
    isMatch: take(STATES * POSITION_STATES),
    isRep: take(STATES),
    isRep0: take(STATES),
    isRep1: take(STATES),
    isRep2: take(STATES),
    isRep0Long: take(STATES * POSITION_STATES),
    slot: take(LENGTH_STATES << SLOT_BITS),
    special: take(1 + FULL_DISTANCES - END_MODEL_SLOT),
    align: take(1 << ALIGN_BITS),
    length: take(LENGTH_MODELS),
    repLength: take(LENGTH_MODELS),
    literal: next,
  } as const;
})();

/** What was decoded last, as far back as a match may reach; it grows as it fills. */
const createWindow = (dictionaryBytes: number, onBytes: (bytes: Uint8Array) => void) => {
  let bytes = new Uint8Array(Math.min(dictionaryBytes, PIECE_BYTES));
  let [at, total, told] = [0, 0, 0];
  const flush = (): void => {
    if (at > told) onBytes(bytes.subarray(told, at));
    told = at;
  };
  /** Only ever called when all before it was written in one go, so nothing in it has to move. */
  const makeRoom = (): void => {
    flush();
    if (bytes.length < dictionaryBytes) {
      if (bytes.length >= MOST_WINDOW_BYTES) throw tooFar();
      const larger = new Uint8Array(Math.min(bytes.length * 2, dictionaryBytes));
      larger.set(bytes);
      bytes = larger;
    } else [at, told] = [0, 0];
  };
  const put = (byte: number): void => {
    if (at === bytes.length) makeRoom();
    bytes[at] = byte;
    at += 1;
    total += 1;
    if (at - told >= PIECE_BYTES) flush();
  };
  /** The byte `distance` before the next one; 1 is the last. */
  const back = (distance: number): number =>
    bytes[at >= distance ? at - distance : bytes.length + at - distance] ?? 0;
  return {
    put,
    back,
    flush,
    total: () => total,
    copy(distance: number, length: number): void {
      if (distance > total || distance > dictionaryBytes) throw corrupt();
      for (let left = length; left > 0; left -= 1) put(back(distance));
    },
  };
};

type Window = ReturnType<typeof createWindow>;

const lengthOf = (range: Range, first: number, position: number): number => {
  if (range.bit(first + LENGTHS.choice) === 0)
    return range.tree(first + LENGTHS.low + position * 8, 3);
  if (range.bit(first + LENGTHS.choice2) === 0)
    return 8 + range.tree(first + LENGTHS.mid + position * 8, 3);
  return 16 + range.tree(first + LENGTHS.high, 8);
};

const distanceOf = (range: Range, matchLength: number): number => {
  const lengthState = Math.min(matchLength, LENGTH_STATES - 1);
  const slot = range.tree(MODELS.slot + (lengthState << SLOT_BITS), SLOT_BITS);
  if (slot < FIRST_MODEL_SLOT) return slot;
  const bits = (slot >> 1) - 1;
  const high = ((2 | (slot & 1)) << bits) >>> 0;
  if (slot < END_MODEL_SLOT) return high + range.reverseTree(MODELS.special + high - slot, bits);
  const middle = (range.plain(bits - ALIGN_BITS) << ALIGN_BITS) >>> 0;
  return high + middle + range.reverseTree(MODELS.align, ALIGN_BITS);
};

/** After a match the byte that would have come next tells what this one is not. */
const literalOf = (range: Range, first: number, expected: number | undefined): number => {
  let symbol = 1;
  let rest = expected;
  while (rest !== undefined && symbol < 0x100) {
    const wanted = (rest >> 7) & 1;
    const found = range.bit(first + ((1 + wanted) << 8) + symbol);
    symbol = (symbol << 1) | found;
    rest = found === wanted ? rest << 1 : undefined;
  }
  while (symbol < 0x100) symbol = (symbol << 1) | range.bit(first + symbol);
  return symbol & 0xff;
};

/** Decodes one symbol after the other into the window; answers whether it was the end marker. */
const createSymbols = (range: Range, window: Window, properties: LzmaProperties) => {
  const { literalContextBits, literalPositionBits, positionBits } = properties;
  let state = 0;
  let reps: readonly [number, number, number, number] = [0, 0, 0, 0];

  const literal = (): false => {
    const position = window.total() & ((1 << literalPositionBits) - 1);
    const context = window.total() > 0 ? window.back(1) >> (8 - literalContextBits) : 0;
    const first = MODELS.literal + LITERAL_MODELS * ((position << literalContextBits) + context);
    const expected = state >= FIRST_MATCH_STATE ? window.back(reps[0] + 1) : undefined;
    window.put(literalOf(range, first, expected));
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
    return false;
  };
  const match = (position: number): boolean => {
    const length = lengthOf(range, MODELS.length, position);
    const distance = distanceOf(range, length);
    if (distance === END_MARKER) {
      if (!range.isSpent()) throw corrupt();
      return true;
    }
    state = state < FIRST_MATCH_STATE ? 7 : 10;
    reps = [distance, reps[0], reps[1], reps[2]];
    window.copy(distance + 1, length + MATCH_MIN);
    return false;
  };
  /** One of the last four distances again. */
  const repeat = (position: number): false => {
    const isSame = range.bit(MODELS.isRep0 + state) === 0;
    if (isSame && range.bit(MODELS.isRep0Long + state * POSITION_STATES + position) === 0) {
      state = state < FIRST_MATCH_STATE ? 9 : 11;
      window.copy(reps[0] + 1, 1);
      return false;
    }
    if (!isSame) {
      const [a, b, c, d] = reps;
      if (range.bit(MODELS.isRep1 + state) === 0) reps = [b, a, c, d];
      else if (range.bit(MODELS.isRep2 + state) === 0) reps = [c, a, b, d];
      else reps = [d, a, b, c];
    }
    const length = lengthOf(range, MODELS.repLength, position);
    state = state < FIRST_MATCH_STATE ? 8 : 11;
    window.copy(reps[0] + 1, length + MATCH_MIN);
    return false;
  };
  return (): boolean => {
    const position = window.total() & ((1 << positionBits) - 1);
    const isMatch = range.bit(MODELS.isMatch + state * POSITION_STATES + position) === 1;
    if (!isMatch) return literal();
    return range.bit(MODELS.isRep + state) === 0 ? match(position) : repeat(position);
  };
};

/** @param onBytes is given each piece in order; a piece is only valid until it returns */
export const createLzmaDecoder = (
  properties: LzmaProperties,
  onBytes: (bytes: Uint8Array) => void,
): LzmaDecoder => {
  const contexts = properties.literalContextBits + properties.literalPositionBits;
  const models = new Uint16Array(MODELS.literal + (LITERAL_MODELS << contexts)).fill(HALF);
  const range = createRange(models);
  const window = createWindow(properties.dictionaryBytes, onBytes);
  const isEndNext = createSymbols(range, window, properties);
  let [isStarted, isDone] = [false, false];

  return {
    decode(input, at, isLast) {
      range.from(input, at);
      const enough = isLast ? 0 : MOST_SYMBOL_BYTES;
      if (!isStarted && range.left() >= enough) {
        range.start();
        isStarted = true;
      }
      while (isStarted && !isDone && range.left() >= enough) isDone = isEndNext();
      if (isDone) window.flush();
      return range.at();
    },
    get isDone() {
      return isDone;
    },
  };
};
