/** Whether a JSON or JSON Lines file is valid, and what it is made of. */
import * as z from 'zod';
import { NonRetryableError } from '../domain/errors.ts';
import { JSON_TYPES } from './json/members.ts';
import { createJsonScan, endJson, scanJson } from './json/scanner.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { sniffedText } from './reading/sniffed-text.ts';

const GiB = 1024 ** 3;
/** Bytes that the members may take of the 4 KB of an outcome. */
const MEMBER_BYTES = 3_000;
const LINES = 'application/x-ndjson';

const run = async (input: ProcessorInput) => {
  const { sniffed, pieces } = sniffedText(input);
  const scan = createJsonScan(input.source.type === LINES, (depth) =>
    input.budget.reach('nesting', depth),
  );
  for await (const piece of pieces()) {
    // RFC 8259, 8.1: JSON is in Unicode; what is not would be read as other characters by every other reader.
    if (!sniffed.encoding.label.startsWith('utf-')) {
      throw new NonRetryableError('corrupt', { detail: 'It is not in Unicode.' });
    }
    scanJson(scan, piece);
  }
  endJson(scan);

  const all = scan.members.list();
  const members = [...all];
  while (Buffer.byteLength(JSON.stringify(members)) > MEMBER_BYTES) members.pop();
  return {
    encoding: sniffed.encoding.label,
    bom: sniffed.encoding.bomBytes > 0,
    root: scan.root ?? 'null',
    documents: scan.documents,
    depth: scan.depth,
    counts: scan.counts,
    duplicateKeys: scan.duplicateKeys,
    everyKeyChecked: scan.isEveryKeyChecked,
    members,
    membersCut: scan.members.isCut || members.length < all.length,
  };
};

const count = z.int().nonnegative();
const type = z.enum(JSON_TYPES);

/** Invalid JSON → `corrupt` with line and column; nesting beyond the budget → `over_budget`. */
export const jsonCheck = defineProcessor({
  name: 'json-check',
  version: 3,
  lane: 'light',
  accepts: ['application/json', LINES],
  reads: 'whole',
  isReusable: true,
  budget: { bytesIn: GiB, nesting: 512, wallSeconds: 300 },
  outcome: z.object({
    encoding: z.string(),
    bom: z.boolean(),
    root: type,
    /** Values at the root: one, or one per line. */
    documents: count,
    depth: count,
    counts: z.record(type, count),
    /** Keys that their object has already; the later one usually wins. */
    duplicateKeys: count,
    /** False when an object has more keys than are held to compare. */
    everyKeyChecked: z.boolean(),
    /** Of the records, which are the root or the elements of an array at the root, and what is inside of these members. */
    members: z.array(z.object({ name: z.string(), types: z.array(type).readonly(), count })),
    membersCut: z.boolean(),
  }),
  run,
});
