/** MediaInfo, compiled to WebAssembly, in a process of its own: it asks for ranges of the file and gets no other. */
import { NonRetryableError } from '../../domain/errors.ts';
import { createIsolate, WorkError } from '../isolation/isolate.ts';
import type { ProcessorInput } from '../processor.ts';
import { chunksOf } from '../reading/read-whole.ts';

const MiB = 1024 ** 2;
const MEMORY_BYTES = 256 * MiB;
/** One GET each: large enough for most headers, small enough to be skipped over. */
const CHUNK_BYTES = 256 * 1024;

/** One entry per stream, and one for the whole, in MediaInfo's words; all of it comes from the file. */
export type Track = Readonly<Record<string, unknown>>;

interface Wanted {
  readonly offset: number;
  readonly size: number;
}

/**
 * Where the reader has what it needs, it jumps or says so; of plain samples it would read all. What it knows by
 * then is the answer. An init with a size starts over, one without only moves on.
 */
const ENOUGH_BYTES = 16 * MiB;

const WORK = `
  globalThis.mediaInfo ??= await require('mediainfo.js').mediaInfoFactory({ format: 'JSON' });
  const { size } = request;
  mediaInfo.reset();
  mediaInfo.openBufferInit(size, 0);
  let [offset, jumpedTo, read] = [0, -1, 0];
  while (offset < size && read < ${ENOUGH_BYTES}) {
    const bytes = await tell({ offset, size: Math.min(${CHUNK_BYTES}, size - offset) });
    if (bytes.length === 0) break;
    read += bytes.length;
    const isDone = mediaInfo.openBufferContinue(bytes, bytes.length);
    const jump = mediaInfo.openBufferContinueGotoGet();
    if (jump === -1 && isDone) break;
    if (jump === -1) {
      [offset, jumpedTo] = [offset + bytes.length, -1];
      continue;
    }
    if (jump === jumpedTo || jump >= size) break;
    [offset, jumpedTo] = [jump, jump];
    mediaInfo.openBufferInit(isDone ? size : -1, jump);
  }
  mediaInfo.openBufferFinalize();
  return JSON.parse(mediaInfo.inform()).media?.track ?? [];
`;

const isolate = createIsolate<{ readonly size: number }, readonly Track[], Wanted>({
  work: WORK,
  memoryBytes: MEMORY_BYTES,
});

const readRange = async (input: ProcessorInput, { offset, size }: Wanted): Promise<Uint8Array> => {
  const end = Math.min(offset + size, input.source.size) - 1;
  if (end < offset) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  const open = () => input.open({ start: offset, end });
  for await (const chunk of chunksOf({ signal: input.signal, open })) chunks.push(chunk);
  // Whatever storage answers, the reader gets no more than it has room for.
  return Buffer.concat(chunks).subarray(0, end - offset + 1);
};

/** @throws NonRetryableError `corrupt` when the reader trips over the bytes; what `open` throws. */
export const readTracks = async (input: ProcessorInput): Promise<readonly Track[]> => {
  try {
    return await isolate.ask(
      { size: input.source.size },
      { signal: input.signal, onTold: (wanted) => readRange(input, wanted) },
    );
  } catch (error) {
    if (!(error instanceof WorkError) || /cannot find module/i.test(error.message)) throw error;
    throw new NonRetryableError('corrupt', { cause: error });
  }
};
