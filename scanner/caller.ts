/** What the scanner asks of its caller. */

/** The table has one more column; throws to stop. The memory has grown by then. */
export declare function widened(columns: u32): void;
/** A field of the first record, which may be a header. */
export declare function firstRecord(start: usize, end: usize): void;
/** A value of a column that looks for examples, and which one it was, from 1. Answers 0 when no more are wanted. */
export declare function example(column: u32, start: usize, end: usize, at: i32): u32;
/** A record that belongs into the sample begins; its values follow. */
export declare function sampleRecord(key: f64): void;
export declare function sampleValue(start: usize, end: usize): void;
/** The number that these characters are; the scanner knows that they are one. */
export declare function parseNumber(start: usize, end: usize): f64;
