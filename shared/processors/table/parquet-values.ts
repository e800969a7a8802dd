/** What the stored values of a Parquet column stand for, as the bytes of a text that a profile counts. */
import { NonRetryableError } from '../../domain/errors.ts';
import type { CellType } from './cell-type.ts';
import type { RawNumbers, RawValues, SchemaElement } from './parquet-decoder.ts';

/** One value by its bytes; none for a number that is not finite, of which no extreme could be told. */
export type ValueBytes = (at: number) => Uint8Array | undefined;

export interface ColumnReading {
  readonly type: CellType;
  /** Values of one page, or of one dictionary. */
  read(values: RawValues): ValueBytes;
}

const MS_PER_DAY = 86_400_000;
const NANOS_PER_MS = 1_000_000n;
const NANOS_PER_DAY = 86_400_000_000_000n;
/** Of the day that the epoch began, which twelve-byte times count days from. */
const JULIAN_EPOCH = 2_440_588n;
const UNITS: Readonly<Record<string, bigint>> = { MILLIS: NANOS_PER_MS, MICROS: 1_000n, NANOS: 1n };
/** Digits of the widest decimal that anybody writes: 256 bits. */
const MOST_SCALE = 76;
const MOST_DECIMAL_BYTES = 32;
/** More than a profile looks at. */
const MOST_HEX_BYTES = 256;
/** Of a date that JavaScript knows. */
const MOST_MS = 8_640_000_000_000_000;

const utf8 = (text: string | undefined): Uint8Array | undefined =>
  text === undefined ? undefined : Buffer.from(text);

const isoOf = (ms: number): string | undefined =>
  Math.abs(ms) <= MOST_MS ? new Date(ms).toISOString() : undefined;

const timestampText = (nanos: bigint, isUtc: boolean): string | undefined => {
  const below = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = isoOf(Number((nanos - below) / NANOS_PER_MS))?.replace(/\.000Z$/, '');
  if (seconds === undefined) return undefined;
  const fraction = below === 0n ? '' : `.${String(below).padStart(9, '0').replace(/0+$/, '')}`;
  return `${seconds}${fraction}${isUtc ? 'Z' : ''}`;
};

const timeText = (nanos: bigint): string | undefined => {
  if (nanos < 0n || nanos >= NANOS_PER_DAY) return undefined;
  return timestampText(nanos, false)?.slice('1970-01-01T'.length);
};

const decimalText = (unscaled: bigint, scale: number): string => {
  if (scale === 0) return String(unscaled);
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
};

const bigEndian = (bytes: Uint8Array): bigint =>
  bytes.length === 0
    ? 0n
    : BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));

/** The shortest text that is this number of 32 bits again. */
const floatText = (value: number): string | undefined => {
  if (!Number.isFinite(value)) return undefined;
  const digits = [6, 7, 8].find(
    (precision) => Math.fround(Number(value.toPrecision(precision))) === value,
  );
  return String(digits === undefined ? value : Number(value.toPrecision(digits)));
};

const halfText = (bytes: Uint8Array): string | undefined => {
  const bits = ((bytes[1] ?? 0) << 8) | (bytes[0] ?? 0);
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return undefined;
  const value = exponent === 0 ? 2 ** -24 * fraction : 2 ** (exponent - 25) * (1024 + fraction);
  return String(sign * value);
};

const uuidText = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5');

/** A reading of numbers, by the text of each. */
const numbers = (
  type: CellType,
  textOf: (value: number | bigint) => string | undefined,
): ColumnReading => ({
  type,
  read: (values) => {
    const all: RawNumbers = 'numbers' in values ? values.numbers : [];
    return (at) => {
      const value = all[at];
      return value === undefined ? undefined : utf8(textOf(value));
    };
  },
});

/** A reading of byte strings. */
const byteStrings = (
  type: CellType,
  bytesOf: (bytes: Uint8Array) => Uint8Array | undefined,
): ColumnReading => ({
  type,
  read: (values) => {
    if (!('bytes' in values)) return () => undefined;
    const { bytes, lengths } = values;
    const ends = new Float64Array(lengths.length);
    let end = 0;
    for (const [at, length] of lengths.entries()) {
      end += length;
      ends[at] = end;
    }
    return (at) => {
      const to = ends[at];
      return to === undefined ? undefined : bytesOf(bytes.subarray(to - (lengths[at] ?? 0), to));
    };
  },
});

const asText = byteStrings('text', (bytes) => bytes);
const wholeNumber = numbers('integer', String);

const unitOf = ({ converted_type: converted, logical_type: logical }: SchemaElement): bigint => {
  if (logical?.unit !== undefined) return UNITS[logical.unit] ?? NANOS_PER_MS;
  return converted?.endsWith('_MICROS') === true ? 1_000n : NANOS_PER_MS;
};

const integers = (element: SchemaElement): ColumnReading => {
  const { converted_type: converted = '', logical_type: logical, type } = element;
  if (converted === 'DATE' || logical?.type === 'DATE') {
    return numbers('date', (days) => isoOf(Number(days) * MS_PER_DAY)?.replace(/T.*$/, ''));
  }
  const unit = unitOf(element);
  if (converted.startsWith('TIMESTAMP') || logical?.type === 'TIMESTAMP') {
    const isUtc = logical?.isAdjustedToUTC ?? true;
    return numbers('datetime', (value) => timestampText(BigInt(value) * unit, isUtc));
  }
  if (converted.startsWith('TIME_') || logical?.type === 'TIME') {
    return numbers('text', (value) => timeText(BigInt(value) * unit));
  }
  if (converted.startsWith('UINT_') || logical?.isSigned === false) {
    return type === 'INT64'
      ? numbers('integer', (value) => String(BigInt.asUintN(64, BigInt(value))))
      : numbers('integer', (value) => String(Number(value) >>> 0));
  }
  return wholeNumber;
};

const fixedBytes = ({ logical_type: logical, converted_type: converted }: SchemaElement) => {
  if (logical?.type === 'UUID')
    return byteStrings('text', (bytes) => utf8(uuidText(bytes.subarray(0, 16))));
  if (logical?.type === 'FLOAT16') return byteStrings('number', (bytes) => utf8(halfText(bytes)));
  if (converted === 'UTF8' || logical?.type === 'STRING') return asText;
  return byteStrings('text', (bytes) =>
    utf8(Buffer.from(bytes.subarray(0, MOST_HEX_BYTES)).toString('hex')),
  );
};

/** How the values of a leaf of the schema are read; types that nobody knows any more are read as what they are stored as. */
export const readingOf = (element: SchemaElement): ColumnReading => {
  const { type, converted_type: converted, logical_type: logical } = element;
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const scale = element.scale ?? logical?.scale ?? 0;
    if (!(scale >= 0 && scale <= MOST_SCALE)) {
      throw new NonRetryableError('corrupt', {
        detail: 'A column of decimals has no proper scale.',
      });
    }
    return type === 'INT32' || type === 'INT64'
      ? numbers('number', (value) => decimalText(BigInt(value), scale))
      : byteStrings('number', (bytes) =>
          bytes.length > MOST_DECIMAL_BYTES
            ? undefined
            : utf8(decimalText(bigEndian(bytes), scale)),
        );
  }
  switch (type) {
    case 'BOOLEAN':
      return numbers('boolean', (value) => (Number(value) === 0 ? 'false' : 'true'));
    case 'INT32':
    case 'INT64':
      return integers(element);
    case 'INT96':
      return numbers('datetime', (value) => {
        const days = BigInt.asIntN(32, BigInt(value) >> 64n) - JULIAN_EPOCH;
        return timestampText(days * NANOS_PER_DAY + BigInt.asUintN(64, BigInt(value)), false);
      });
    case 'FLOAT':
      return numbers('number', (value) => floatText(Number(value)));
    case 'DOUBLE':
      return numbers('number', (value) => (Number.isFinite(value) ? String(value) : undefined));
    case 'FIXED_LEN_BYTE_ARRAY':
      return fixedBytes(element);
    default:
      return asText;
  }
};
