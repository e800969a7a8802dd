/** Decodes Parquet's metadata and pages, one at a time, in a process of its own: what a page claims to hold may never end. */
import * as z from 'zod';
import { NonRetryableError } from '../../domain/errors.ts';
import { createIsolate, WorkError } from '../isolation/isolate.ts';

const MiB = 1024 ** 2;
const MEMORY_BYTES = 336 * MiB;
/** Writers end a page at a megabyte or so. */
const MOST_PAGE_BYTES = 32 * MiB;
const MOST_PAGE_VALUES = 8_000_000;

const count = z.bigint().nonnegative().transform(Number);

const schemaElement = z.object({
  name: z.string(),
  /** Physical; only leaves have one. */
  type: z.string().optional(),
  type_length: z.number().optional(),
  num_children: z.number().optional(),
  repetition_type: z.string().optional(),
  converted_type: z.string().optional(),
  scale: z.number().optional(),
  logical_type: z
    .looseObject({
      type: z.string().optional(),
      unit: z.string().optional(),
      scale: z.number().optional(),
      isSigned: z.boolean().optional(),
      isAdjustedToUTC: z.boolean().optional(),
    })
    .optional(),
});

const columnChunk = z.object({
  /** The chunk lies in another file. */
  file_path: z.string().optional(),
  crypto_metadata: z.unknown(),
  meta_data: z
    .object({
      path_in_schema: z.array(z.string()),
      codec: z.string(),
      num_values: count,
      total_uncompressed_size: count,
      total_compressed_size: count,
      data_page_offset: count,
      dictionary_page_offset: count.optional(),
    })
    .optional(),
});

const metadata = z.object({
  schema: z.array(schemaElement),
  num_rows: count,
  row_groups: z.array(z.object({ num_rows: count, columns: z.array(columnChunk) })),
});

export type SchemaElement = z.infer<typeof schemaElement>;
export type ColumnChunk = z.infer<typeof columnChunk>;
export type ParquetMetadata = z.infer<typeof metadata>;

/** Values as Parquet stores them, of all types but the ones made of bytes; BigInts of twelve bytes are times. */
export type RawNumbers =
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | Uint8Array
  | readonly bigint[];

export type RawValues =
  | { readonly numbers: RawNumbers }
  | { readonly bytes: Uint8Array; readonly lengths: Uint32Array };

export interface Page {
  readonly kind: 'DATA_PAGE' | 'DATA_PAGE_V2' | 'DICTIONARY_PAGE' | 'INDEX_PAGE';
  /** Bytes of its header and itself. */
  readonly consumed: number;
  /** Values with the nulls among them. */
  readonly entries: number;
  /** 1 for each entry that is no null, where that was asked for; undefined when none is. */
  readonly present: Uint8Array | undefined;
  /** Whether `values` are places in the dictionary. */
  readonly isIndexed: boolean;
  readonly values: RawValues;
}

/** What is to be decoded next; bytes that end within the page are answered with how many there must be. */
interface PageOrder {
  readonly bytes: Uint8Array;
  readonly path: readonly string[];
  readonly codec: string;
  /** Whether it matters which entries are nulls. */
  readonly isPlaced?: boolean;
}

type Told = { readonly metadata: unknown } | { readonly page: Page } | { readonly needs: number };

type Order = PageOrder | { readonly isDone: true };

/** Only calls of the library, and the shape in which values travel best. */
const WORK = `
  const { parquetMetadata } = await import('hyparquet/src/metadata.js');
  const { getMaxDefinitionLevel, getSchemaPath } = await import('hyparquet/src/schema.js');
  const { parquetHeader } = await import('hyparquet/src/column.js');
  const { decompressPage, readDataPage, readDataPageV2 } = await import('hyparquet/src/datapage.js');
  const { readPlain } = await import('hyparquet/src/plain.js');
  const { decompressLz4: LZ4, decompressLz4Raw: LZ4_RAW } = await import('hyparquet-compressors');
  const zlib = require('node:zlib');
  const some = (unpack) => (bytes, size) => size === 0 ? new Uint8Array(0) : unpack(bytes, size);
  const compressors = {
    LZ4: some(LZ4),
    LZ4_RAW: some(LZ4_RAW),
    GZIP: some((bytes, maxOutputLength) => zlib.unzipSync(bytes, { maxOutputLength })),
    BROTLI: some((bytes, maxOutputLength) => zlib.brotliDecompressSync(bytes, { maxOutputLength })),
    ZSTD: some((bytes, size) => require('fzstd').decompress(bytes, new Uint8Array(size))),
  };
  const refuse = (what) => { throw Object.assign(new Error(what), { name: 'OverBudget' }); };
  const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

  const flat = (values) => {
    if (!Array.isArray(values)) return { numbers: values };
    if (values[0] instanceof Uint8Array) {
      return { bytes: Buffer.concat(values), lengths: Uint32Array.from(values, ({ length }) => length) };
    }
    return { numbers: typeof values[0] === 'bigint' ? values : Float64Array.from(values, Number) };
  };

  const metadata = parquetMetadata(request.footer, { geoparquet: false });
  const decode = ({ bytes, path, codec, isPlaced }) => {
    const reader = { view: view(bytes), offset: 0 };
    const header = parquetHeader(reader);
    const { type: kind, compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    const about = header.data_page_header ?? header.data_page_header_v2 ?? header.dictionary_page_header;
    const entries = about?.num_values ?? 0;
    if (!(packed >= 0 && unpacked >= 0 && entries >= 0)) throw new Error('A page has no size.');
    if (Math.max(packed, unpacked) > ${MOST_PAGE_BYTES}) refuse('The limit is ${MOST_PAGE_BYTES} bytes in one page.');
    if (entries > ${MOST_PAGE_VALUES}) refuse('The limit is ${MOST_PAGE_VALUES} values in one page.');
    const consumed = reader.offset + packed;
    if (consumed > bytes.length) return { needs: consumed };
    const content = bytes.slice(reader.offset, consumed);
    const schemaPath = getSchemaPath(metadata.schema, path);
    const { element } = schemaPath[schemaPath.length - 1];
    const decoder = { type: element.type, element, schemaPath, codec, compressors };
    const isIndexed = /_DICTIONARY$/.test(about?.encoding);
    let [values, levels] = [[], []];
    if (kind === 'DICTIONARY_PAGE') {
      const page = decompressPage(content, unpacked, codec, compressors);
      values = readPlain({ view: view(page), offset: 0 }, element.type, entries, element.type_length);
    }
    if (kind === 'DATA_PAGE') {
      const page = decompressPage(content, unpacked, codec, compressors);
      ({ dataPage: values, definitionLevels: levels } = readDataPage(page, about, decoder));
    }
    if (kind === 'DATA_PAGE_V2') {
      ({ dataPage: values, definitionLevels: levels } = readDataPageV2(content, header, decoder));
    }
    const most = getMaxDefinitionLevel(schemaPath);
    const present = isPlaced && levels?.length > 0
      ? Uint8Array.from(levels, (level) => level === most ? 1 : 0) : undefined;
    return { page: { kind, consumed, entries, isIndexed, present, values: flat(values) } };
  };

  let order = await tell({ metadata });
  while (order.isDone !== true) order = await tell(decode(order));
  return null;
`;

const isolate = createIsolate<{ readonly footer: Uint8Array }, null, Told>({
  work: WORK,
  memoryBytes: MEMORY_BYTES,
});

const corrupt = (cause: unknown): NonRetryableError => new NonRetryableError('corrupt', { cause });

const asFailure = (error: unknown): unknown => {
  if (!(error instanceof WorkError) || /cannot find (?:module|package)/i.test(error.message)) {
    return error;
  }
  if (error.name === 'OverBudget') {
    return new NonRetryableError('over_budget', { detail: error.message });
  }
  const isUnsupported = /unsupported|not supported/i.test(error.message);
  return isUnsupported ? new NonRetryableError('unsupported', { cause: error }) : corrupt(error);
};

const checkedMetadata = (value: unknown): ParquetMetadata => {
  const parsed = metadata.safeParse(value);
  if (!parsed.success) throw corrupt(parsed.error);
  return parsed.data;
};

/** What it yields is decoded, and it is handed the answer. */
export type PageOrders = AsyncGenerator<
  PageOrder,
  void,
  { readonly page: Page } | { readonly needs: number }
>;

const orderIn = (next: IteratorResult<PageOrder, void>): Order =>
  next.done === true ? { isDone: true } : next.value;

/**
 * Decodes the footer and then what `read` asks for, until it has enough.
 * @throws NonRetryableError `corrupt`, `unsupported`, `over_budget`; what `read` throws.
 */
export const decodeParquet = async (
  footer: Uint8Array,
  read: (found: ParquetMetadata) => PageOrders,
  signal: AbortSignal,
): Promise<void> => {
  let pages: PageOrders | undefined;
  const onTold = async (told: Told): Promise<Order> => {
    if ('metadata' in told) {
      pages = read(checkedMetadata(told.metadata));
      return orderIn(await pages.next());
    }
    return pages === undefined ? { isDone: true } : orderIn(await pages.next(told));
  };
  try {
    await isolate.ask({ footer }, { signal, onTold });
  } catch (error) {
    throw asFailure(error);
  }
};
