/** Builds what a worker gives a processor, over bytes in memory or a stream, and keeps what it wrote. */
import { createHash } from 'node:crypto';
import { pipeline, Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Budget, createBudgetMeter } from '../../shared/domain/budget.ts';
import { asFailure, RetryableError } from '../../shared/domain/errors.ts';
import type { DerivedFile } from '../../shared/domain/plan.ts';
import { optionsNamed, type UploadOptions } from '../../shared/domain/upload-options.ts';
import type { Logger } from '../../shared/ports/logger.ts';
import type { MalwareScanner } from '../../shared/ports/malware-scanner.ts';
import type {
  ByteRange,
  ChildFile,
  ChildMaker,
  Processor,
  ProcessorInput,
} from '../../shared/processors/processor.ts';
import { createSharedRead } from '../../shared/usecases/shared-read.ts';
import { eicarScanner } from './eicar.ts';

export interface EmittedFile extends DerivedFile {
  readonly bytes: Buffer;
}

export interface MadeChild extends ChildFile {
  /** Of its bytes, or the code that they failed with. */
  readonly sha256: string;
}

export interface InputOptions {
  readonly type?: string;
  readonly name?: string;
  readonly declaredSha256?: string;
  readonly declaredType?: string;
  /** Of the upload; the processor gets those that it names. */
  readonly options?: UploadOptions;
  readonly outcomes?: Readonly<Record<string, unknown>>;
  readonly parts?: readonly string[];
  /** Files of the steps in `outcomes`, as `step/name`. */
  readonly derived?: ReadonlyMap<string, Uint8Array>;
  /** One that knows EICAR's signature, unless told otherwise; null for none. */
  readonly scanner?: MalwareScanner | null;
  /** Tightens the budget of the processor. */
  readonly budget?: Partial<Budget>;
  readonly signal?: AbortSignal;
  /** Bytes per chunk of what `open` answers. */
  readonly chunkBytes?: number;
  /** Answers `open` in place of the bytes, for streams that are too large or that fail. */
  readonly open?: (range?: ByteRange) => Readable;
  readonly size?: number;
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

const chunked = function* (bytes: Uint8Array, chunkBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
};

/** Reads each child to its end and keeps only what its bytes sum up to. */
const createChildren = () => {
  const made: MadeChild[] = [];
  let expected: number | undefined;
  const digestOf = async (body: Readable, size: number): Promise<string> => {
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        hash.update(chunk);
        bytes += chunk.length;
      }
    } catch (error) {
      const { code } = asFailure(error);
      if (code !== 'corrupt') throw error;
      return code;
    }
    if (bytes !== size) throw new Error(`A child has ${bytes} of ${size} bytes.`);
    return hash.digest('hex');
  };
  const maker: ChildMaker = {
    async expect(count) {
      expected = count;
    },
    async make(file, open) {
      if (expected === undefined) throw new Error('Nobody was told of how many there will be.');
      made.push({ ...file, sha256: await digestOf(await open(), file.size) });
    },
  };
  return { maker, made: () => made.toSorted((left, right) => left.index - right.index) };
};

/** The input of one run and, after it, what the run wrote, by name. */
export const processorInput = (
  { budget: own, options: named }: Pick<Processor, 'budget' | 'options'>,
  bytes: Uint8Array,
  options: InputOptions = {},
): {
  readonly input: ProcessorInput;
  readonly files: ReadonlyMap<string, EmittedFile>;
  /** How often the object was opened so far. */
  readonly opens: () => number;
  /** In the order of their places. */
  readonly children: () => readonly MadeChild[];
} => {
  const budget = createBudgetMeter({ ...own, ...options.budget });
  const files = new Map<string, EmittedFile>();
  const children = createChildren();
  let opens = 0;
  const openBytes = ({ start = 0, end = bytes.length - 1 }: Partial<ByteRange> = {}): Readable =>
    Readable.from(chunked(bytes.subarray(start, end + 1), options.chunkBytes ?? 64 * 1024), {
      objectMode: false,
    });

  const open = async (range?: ByteRange): Promise<Readable> => {
    opens += 1;
    const counted = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        try {
          budget.spend('bytesIn', chunk.length);
          done(null, chunk);
        } catch (error) {
          done(error as Error);
        }
      },
    });
    // Its error is the reader's to see, on `counted`.
    return pipeline((options.open ?? openBytes)(range), counted, () => undefined);
  };

  const input: ProcessorInput = {
    source: {
      size: options.size ?? bytes.length,
      type: options.type ?? 'application/octet-stream',
      name: options.name,
      declaredSha256: options.declaredSha256,
      declaredType: options.declaredType,
    },
    open,
    whole: () => {
      const shared = createSharedRead(['step'], open);
      options.signal?.addEventListener('abort', () => shared.leave('step'));
      return shared.whole('step', options.size ?? bytes.length);
    },
    emit: async (name, body, contentType) => {
      if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) throw new Error(`${name} is no name`);
      const written = body instanceof Readable ? await buffer(body) : Buffer.from(body);
      budget.spend('bytesOut', written.length);
      const file = {
        name,
        key: `results/u/1/${name}`,
        size: written.length,
        contentType,
        bytes: written,
      };
      files.set(name, file);
      return file;
    },
    children: children.maker,
    options: optionsNamed(options.options ?? {}, named),
    outcomes: options.outcomes ?? {},
    parts: options.parts ?? [],
    read: async (step, name) => {
      const file = options.derived?.get(`${step}/${name}`);
      if (file === undefined) throw new RetryableError('storage_unavailable');
      return file;
    },
    scanner: options.scanner === null ? undefined : (options.scanner ?? eicarScanner()),
    budget,
    signal: options.signal ?? new AbortController().signal,
    logger: silent,
  };
  return { input, files, opens: () => opens, children: children.made };
};
