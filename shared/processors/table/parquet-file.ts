/** The outside of a Parquet file: its footer, its columns, and its bytes in windows. */
import { NonRetryableError } from '../../domain/errors.ts';
import type { ProcessorInput } from '../processor.ts';
import { chunksOf } from '../reading/read-whole.ts';
import type { ColumnChunk, ParquetMetadata } from './parquet-decoder.ts';
import { type ColumnReading, readingOf, type ValueBytes } from './parquet-values.ts';

const MiB = 1024 ** 2;
/** The length of the footer, and the mark. */
const END_BYTES = 8;
const TAIL_BYTES = 64 * 1024;
/** Some megabytes are common where thousands of columns lie in thousands of groups. */
const MOST_FOOTER_BYTES = 32 * MiB;
/** One GET each; the chunks of columns follow each other, so one serves many of them. */
const WINDOW_BYTES = 4 * MiB;
/** What a page is asked for with first: its header, which nobody knows the length of, and most pages whole. */
export const FIRST_BYTES = 64 * 1024;
/** Of the path to a column. */
const NAME_CHARACTERS = 200;

export const corrupt = (detail: string): NonRetryableError =>
  new NonRetryableError('corrupt', { detail });

interface Window {
  readonly start: number;
  readonly bytes: Buffer;
}

/**
 * Reads pieces of the file, in windows: what lies in one of the last ones is not read again.
 * @param most windows that are held
 */
export const createReader = (input: ProcessorInput, most = 1) => {
  const { size } = input.source;
  let windows: readonly Window[] = [];
  const readWindow = async (start: number, bytes: number): Promise<Window> => {
    const end = Math.min(size, start + Math.max(bytes, WINDOW_BYTES)) - 1;
    const chunks: Uint8Array[] = [];
    const open = () => input.open({ start, end });
    if (bytes > 0) {
      for await (const chunk of chunksOf({ signal: input.signal, open })) chunks.push(chunk);
    }
    // Whatever storage answers, there is no more than was asked for.
    const found = Buffer.concat(chunks).subarray(0, end - start + 1);
    if (found.length < bytes) throw corrupt('The file is shorter than it should be.');
    return { start, bytes: found };
  };
  return async (start: number, bytes: number): Promise<Buffer> => {
    if (start < 0 || start + bytes > size) throw corrupt('A part lies outside of the file.');
    const held = windows.find(
      (one) => start >= one.start && start + bytes <= one.start + one.bytes.length,
    );
    const window = held ?? (await readWindow(start, bytes));
    windows = [window, ...windows.filter((one) => one !== window)].slice(0, most);
    return window.bytes.subarray(start - window.start, start - window.start + bytes);
  };
};

export type Read = ReturnType<typeof createReader>;

/** @throws NonRetryableError `corrupt`, `encrypted`, `over_budget`. */
export const readFooter = async (read: Read, size: number): Promise<Buffer> => {
  if (size < END_BYTES) throw corrupt('It is too short.');
  const tail = await read(Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES));
  const mark = tail.subarray(-4).toString('latin1');
  if (mark === 'PARE') throw new NonRetryableError('encrypted');
  if (mark !== 'PAR1') throw corrupt('The end of the file is missing.');
  const bytes = tail.readUInt32LE(tail.length - END_BYTES) + END_BYTES;
  if (bytes > MOST_FOOTER_BYTES) {
    const detail = `The limit is ${MOST_FOOTER_BYTES} bytes of description.`;
    throw new NonRetryableError('over_budget', { detail });
  }
  if (bytes > size) throw corrupt('The description of the table is longer than the file.');
  return bytes <= tail.length ? tail.subarray(-bytes) : read(size - bytes, bytes);
};

export interface LeafShape {
  readonly name: string;
  readonly reading: ColumnReading;
  /** A row may have several of it, or none. */
  readonly isList: boolean;
}

/** The leaves of the schema, in the order in which every group of rows has them; each by the path that leads to it. */
export const leavesOf = ({ schema }: ParquetMetadata): readonly LeafShape[] => {
  const leaves: LeafShape[] = [];
  const branches: { readonly name: string; readonly isList: boolean; left: number }[] = [];
  for (const [at, element] of schema.entries()) {
    while (branches.at(-1)?.left === 0) branches.pop();
    const branch = branches.at(-1);
    if (branch !== undefined) branch.left -= 1;
    const name = [branch?.name ?? '', element.name].filter((part) => part !== '').join('.');
    const isList = branch?.isList === true || element.repetition_type === 'REPEATED';
    if (element.type !== undefined) {
      leaves.push({ name: name.slice(0, NAME_CHARACTERS), reading: readingOf(element), isList });
      continue;
    }
    // The root has a name that means nothing, and may call itself repeated.
    const isRoot = at === 0;
    branches.push({
      name: isRoot ? '' : name,
      isList: !isRoot && isList,
      left: element.num_children ?? 0,
    });
  }
  return leaves;
};

/** @throws NonRetryableError `unsupported`, `encrypted`. */
export const metadataOf = ({
  file_path: path,
  meta_data: meta,
  crypto_metadata: crypto,
}: ColumnChunk) => {
  if (path !== undefined) {
    throw new NonRetryableError('unsupported', { detail: 'A column lies in another file.' });
  }
  if (crypto !== undefined || meta === undefined) throw new NonRetryableError('encrypted');
  return meta;
};

/** Values by their places, each made once. */
export const remembering = (valueAt: ValueBytes): ValueBytes => {
  const known: (Uint8Array | undefined)[] = [];
  return (at) => {
    known[at] ??= valueAt(at);
    return known[at];
  };
};
