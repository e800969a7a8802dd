/** Loads the compiled scanner: its exports, and what it asks of its caller. `scanner/` is its source. */
import { SCANNER_WASM } from './scanner-wasm.ts';

/** The part of WebAssembly that Node has and its types leave out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly caller: ScannerCaller },
  ) => { readonly exports: unknown };
};

/** Addresses are into the scanner's memory, and what lies there is only valid during the call. */
export interface ScannerCaller {
  /** The table has one more column; may throw to stop. */
  widened(columns: number): void;
  /** The next field of the first record. */
  firstRecord(start: number, end: number): void;
  /** A value that may be an example, and which one of its column it is, from 1. Answers whether more are wanted. */
  example(column: number, start: number, end: number, at: number): boolean;
  /** A record that may be one of the sample begins; its values follow. */
  sampleRecord(key: number): void;
  sampleValue(start: number, end: number): void;
  /** The number that these characters are; they certainly are one. */
  parseNumber(start: number, end: number): number;
}

/** A number that only the scanner changes. */
interface Counter {
  readonly value: number;
}

export interface ScannerExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  begin(delimiter: number, firstWidth: number, isWithin: boolean): void;
  /** Reads `[start, end)`; answers the address of the first byte that must come again. */
  scan(start: number, end: number): number;
  /** Reads what `scan` left; answers whether it ends within quotes. */
  readRest(start: number, end: number): number;
  end(): void;
  setPlace(place: number, address: number): void;
  sampleUpTo(key: number): void;
  keyOf(address: number): bigint;
  readonly records: Counter;
  readonly expected: Counter;
  readonly narrowest: Counter;
  readonly widest: Counter;
  readonly ragged: Counter;
  readonly blankLines: Counter;
  readonly columns: Counter;
  /** Of the record that is not over: its fields so far, and what is kept of the one after them. */
  readonly width: Counter;
  readonly keptLength: Counter;
  readonly isRest: Counter;
  // Where things lie: `scanner/layout.ts`.
  readonly INPUT: Counter;
  readonly INPUT_BYTES: Counter;
  readonly KEPT: Counter;
  readonly RAGGED: Counter;
  readonly RAGGED_TOLD: Counter;
  readonly COLUMNS: Counter;
  readonly COLUMN_BYTES: Counter;
  readonly CELLS: Counter;
  readonly EMPTIES: Counter;
  readonly TYPES: Counter;
  readonly WANTS_EXAMPLES: Counter;
  readonly LOW: Counter;
  readonly HIGH: Counter;
  readonly FIRST: Counter;
  readonly FIRST_LENGTH: Counter;
  readonly LAST: Counter;
  readonly LAST_LENGTH: Counter;
  readonly REGISTERS: Counter;
}

let compiled: object | undefined;

/** An instance of its own, with a memory of its own, for one table. */
export const loadScanner = (caller: ScannerCaller): ScannerExports => {
  compiled ??= new WebAssembly.Module(Buffer.from(SCANNER_WASM, 'base64'));
  // What it exports is what `scanner/index.ts` says; a test compiles that anew.
  return new WebAssembly.Instance(compiled, { caller }).exports as ScannerExports;
};
