/** Where everything lies in the memory that the scanner shares with its caller. */

/** What the caller writes and the scanner reads; loads of 16 bytes may look beyond its end. */
export const INPUT: usize = 0x1_0000;
export const INPUT_BYTES: usize = 0x2_0000;
/** Bytes that are indexed at a time: few enough to stay in the processor's first caches. */
export const BATCH_BYTES: usize = 0x4000;

/** End of each field of a batch, behind one entry for the byte before the first; as absolute addresses. */
export const FIELDS: usize = INPUT + INPUT_BYTES + 64;
/** For each record of a batch, which entry of `FIELDS` is its last one. */
export const RECORDS: usize = FIELDS + (BATCH_BYTES + 128) * 4;
/** Two entries as those of `FIELDS`, for the field that is read byte by byte. */
export const KEPT_FIELD: usize = RECORDS + (BATCH_BYTES + 128) * 4;
/** That field, without its quotes. */
export const KEPT: usize = KEPT_FIELD + 64;
/** A quoted field with its doubled quotes made single. */
export const UNESCAPED: usize = KEPT + 512;
/** Numbers of the first ragged records. */
export const RAGGED: usize = UNESCAPED + 512;
/** The columns, one behind the other, to the end of the memory. */
export const COLUMNS: usize = RAGGED + 128;

/** A field counts by this many bytes. */
export const VALUE_BYTES: usize = 256;
/** What is kept of a value. */
export const KEPT_VALUE_BYTES: usize = 64;
/** Ragged records that are told. */
export const RAGGED_TOLD: i32 = 10;

// One column, by offset.
/** u64: fields that were there. */
export const CELLS: usize = 0;
/** u64: the empty ones among them. */
export const EMPTIES: usize = 8;
/** u32: one bit for each type that was seen, and one while examples are looked for. */
export const TYPES: usize = 16;
export const WANTS_EXAMPLES: u32 = 0x8000_0000;
/** i32: how many values were looked at for examples. */
export const EXAMPLES_TRIED: usize = 20;
/** f64, f64: extremes of the numbers. */
export const LOW: usize = 24;
export const HIGH: usize = 32;
/**
 * The value that comes first by its bytes: its first sixteen as two u64, big end first, which settle most
 * comparisons; its length as i32, -1 before there is one; what is kept of it.
 */
export const FIRST_KEY: usize = 40;
export const FIRST_LENGTH: usize = 56;
export const FIRST: usize = 60;
/** The value that comes last, in the same way. */
export const LAST_KEY: usize = 128;
export const LAST_LENGTH: usize = 144;
export const LAST: usize = 148;
/** The sketch of different values. */
export const REGISTERS: usize = 216;
export const INDEX_BITS: i32 = 11;
export const COLUMN_BYTES: usize = REGISTERS + (1 << INDEX_BITS);

export const EMPTY: u32 = 0;
export const INTEGER: u32 = 1;
export const NUMBER: u32 = 2;
export const BOOLEAN: u32 = 3;
export const DATE: u32 = 4;
export const DATETIME: u32 = 5;
export const TEXT: u32 = 6;

export const TAB: u32 = 0x09;
export const LF: u32 = 0x0a;
export const CR: u32 = 0x0d;
export const SPACE: u32 = 0x20;
export const QUOTE: u32 = 0x22;
export const PLUS: u32 = 0x2b;
export const MINUS: u32 = 0x2d;
export const POINT: u32 = 0x2e;
export const ZERO: u32 = 0x30;
