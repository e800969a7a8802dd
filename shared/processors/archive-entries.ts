/** Makes an upload of each file in a zip. What its directory says is judged first, as a whole; then one entry after the other is unpacked. */
import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import { ENTRIES_STEP } from '../domain/children.ts';
import { NonRetryableError } from '../domain/errors.ts';
import { contentOf } from './archive/zip-content.ts';
import {
  type ChosenEntry,
  LEFT_OUT,
  type LeftOut,
  type Selection,
  selectEntries,
} from './archive/zip-selection.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { orStopped, throwIfStopped } from './reading/stop.ts';

const GiB = 1024 ** 3;
const REPORT = 'left-out.jsonl';
/** Each has a read of the archive and a write of a child open, and some chunks of both in memory. */
const AT_ONCE = 4;
/** As `POST /uploads` takes them. */
const MOST_NAME_CHARACTERS = 255;

const corrupt = (detail: string): NonRetryableError => new NonRetryableError('corrupt', { detail });

/** The last chunk waits until all were counted and summed up: of bytes that are not as the directory says, no file is made. */
async function* checked(
  content: AsyncIterable<Uint8Array>,
  { size, crc32: sum }: Pick<ChosenEntry, 'size' | 'crc32'>,
): AsyncGenerator<Uint8Array> {
  let [bytes, found] = [0, 0];
  let held: Uint8Array | undefined;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > size) throw corrupt('The entry is longer than the directory says.');
    found = crc32(chunk, found);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (bytes < size) throw corrupt('The entry is shorter than the directory says.');
  if (found !== sum) throw corrupt('The entry does not have the CRC that the directory says.');
  if (held !== undefined) yield held;
}

/** A name that is too long keeps its end, where its ending is. */
const calledAs = ({ name }: ChosenEntry): string => {
  const shown = name.replace(/\p{Surrogate}/gu, '\ufffd');
  const whole = shown.slice(-MOST_NAME_CHARACTERS);
  return /^[\udc00-\udfff]/.test(whole) ? whole.slice(1) : whole;
};

/** Some at a time. After a failure no further one is begun, and those that were begun are waited for. */
const makeAll = async (input: ProcessorInput, chosen: readonly ChosenEntry[]): Promise<void> => {
  const { children } = input;
  const left = chosen.entries();
  let hasFailed = false;
  const lane = async (): Promise<void> => {
    for (const [index, entry] of left) {
      if (hasFailed) return;
      throwIfStopped(input.signal);
      const file = { index, name: calledAs(entry), size: entry.size };
      const open = async () =>
        Readable.from(checked(contentOf(input, entry), entry), { objectMode: false });
      try {
        await children.make(file, open);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const lanes = Array.from({ length: AT_ONCE }, lane);
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
};

const reportOf = ({ leftOut }: Selection): Buffer =>
  Buffer.from(
    leftOut
      .map(({ entry: { name, size }, reason }) => `${JSON.stringify({ name, size, reason })}\n`)
      .join(''),
  );

const countsOf = ({ leftOut }: Selection): Partial<Record<LeftOut, number>> => {
  const counts = new Map<LeftOut, number>();
  for (const { reason } of leftOut) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Object.fromEntries(counts);
};

const run = async (input: ProcessorInput) => {
  throwIfStopped(input.signal);
  // Each child that is being made listens to it several times, which is no leak.
  setMaxListeners(0, input.signal);
  const selection = await selectEntries(input);
  const { chosen, leftOut } = selection;
  if (leftOut.length > 0) await input.emit(REPORT, reportOf(selection), 'application/x-ndjson');
  if (chosen.length > 0) {
    await input.children.expect(chosen.length);
    await orStopped(makeAll(input, chosen), input.signal);
  }
  return {
    children: chosen.length,
    bytes: chosen.reduce((sum, { size }) => sum + size, 0),
    leftOut: countsOf(selection),
    file: leftOut.length > 0 ? REPORT : null,
  };
};

const count = z.int().nonnegative();

/** Damaged directories, overlapping entries → `corrupt`; too much of anything, or a bomb → `over_budget`; and then no child is made. */
export const archiveEntries = defineProcessor({
  name: ENTRIES_STEP,
  version: 1,
  // Its time is that of reading and writing all of it.
  lane: 'heavy',
  accepts: ['application/zip'],
  reads: 'ranges',
  onlyWith: 'unpack',
  makesChildren: true,
  budget: {
    ...{ bytesIn: 6 * GiB, bytesOut: 10 * GiB, entries: 1_000, entryBytes: GiB },
    ...{ expansion: 200, wallSeconds: 840 },
  },
  ceiling: { bytesIn: 6 * GiB, bytesOut: 50 * GiB, entries: 5_000 },
  outcome: z.object({
    /** Files that became uploads. */
    children: count,
    /** Of them, unpacked. */
    bytes: count,
    /** Entries that did not, by reason. */
    leftOut: z.partialRecord(z.enum(LEFT_OUT), count),
    file: z.string().nullable(),
  }),
  run,
});
