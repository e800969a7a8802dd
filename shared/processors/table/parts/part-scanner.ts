/**
 * Counts a part of a table that begins behind a line end. Whether a record begins there, or the line end stands in a
 * quoted field, only who has read all before can know. So both are counted until they come to the same, which mostly is
 * after a few records with quotes, or never where there are none: but then the second has nothing to count.
 */
import { NonRetryableError } from '../../../domain/errors.ts';
import type { ScannedPart } from '../scanned-table.ts';
import { createTableScanner, type ScannerOptions, type TableScanner } from '../scanner.ts';
import { createMeeting } from './meeting.ts';

/** A table that is too wide, and what the limit is: only a fault if it was read in the right way. */
export interface TooWide {
  readonly tooWide: string | undefined;
}

export type CountedBytes = ScannedPart | TooWide;

export interface CountedPart {
  /** From the start of the part, if a record begins there. */
  readonly ofRecord: CountedBytes;
  /** The same bytes, if they begin within a quoted field. */
  readonly ofQuoted: CountedBytes;
  /** The bytes behind, from where it makes no difference; undefined when there are none. */
  readonly common: ScannedPart | undefined;
}

export interface PartScanner {
  write(bytes: Uint8Array): void;
  /** @throws NonRetryableError `over_budget` when the part is too wide however it is read */
  end(): CountedPart;
}

export interface PartScannerOptions
  extends Pick<ScannerOptions, 'delimiter' | 'place' | 'onWidth'> {
  /** Width of the table's first record. */
  readonly width: number;
}

const QUOTE = 0x22;
/** More than is kept of any field. */
const KEPT_BYTES = 512;

/** One way to read the bytes. It may be the wrong one: what it throws is told in place of what it counted. */
const createReading = (options: PartScannerOptions, isQuoted: boolean) => {
  let failed: NonRetryableError | undefined;
  const scanner = createTableScanner({ ...options, behind: { width: options.width, isQuoted } });
  const attempt = (work: (scanner: TableScanner) => void): void => {
    if (failed !== undefined) return;
    try {
      work(scanner);
    } catch (error) {
      if (!(error instanceof NonRetryableError)) throw error;
      failed = error;
    }
  };
  return {
    attempt,
    failure: () => failed,
    pause(): CountedBytes {
      let counted: ScannedPart | undefined;
      attempt(() => {
        counted = scanner.pause();
      });
      return counted ?? { tooWide: failed?.detail };
    },
  };
};

/** Within quotes, what comes before the next quote counts by its first bytes. */
const createQuotedReading = (options: PartScannerOptions) => {
  const reading = createReading(options, true);
  let [written, hasQuotes] = [0, false];
  return {
    ...reading,
    write(bytes: Uint8Array): void {
      const quote = hasQuotes ? 0 : bytes.indexOf(QUOTE);
      hasQuotes = quote !== -1;
      const before = bytes.subarray(0, hasQuotes ? quote : bytes.length);
      const kept = before.subarray(0, Math.max(0, KEPT_BYTES - written));
      written += kept.length;
      reading.attempt((scanner) => {
        scanner.write(kept);
        scanner.skip(before.length - kept.length);
        if (hasQuotes) scanner.write(bytes.subarray(quote));
      });
    },
  };
};

export const createPartScanner = (options: PartScannerOptions): PartScanner => {
  const meeting = createMeeting(options.delimiter);
  const record = createReading(options, false);
  const quoted = createQuotedReading(options);
  let { place } = options;
  let ways: Omit<CountedPart, 'common'> | undefined;
  let common: TableScanner | undefined;

  const pauseBoth = () => {
    const failure = quoted.failure() === undefined ? undefined : record.failure();
    if (failure !== undefined) throw failure;
    return { ofRecord: record.pause(), ofQuoted: quoted.pause() };
  };
  const writeBoth = (bytes: Uint8Array): void => {
    record.attempt((scanner) => scanner.write(bytes));
    quoted.write(bytes);
    place += bytes.length;
  };

  return {
    write(bytes) {
      if (common !== undefined) return common.write(bytes);
      const met = meeting.find(bytes);
      writeBoth(met === -1 ? bytes : bytes.subarray(0, met));
      if (met === -1) return;
      ways = pauseBoth();
      const behind = { width: options.width, isQuoted: false };
      common = createTableScanner({ ...options, place, behind });
      common.write(bytes.subarray(met));
    },
    end: () => ({ ...(ways ?? pauseBoth()), common: common?.pause() }),
  };
};
