/** The row of an upload: how the domain's upload is spelled in DynamoDB, and back. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { checkedOptions } from '../../contracts/upload-options.ts';
import { parentOf } from '../../domain/children.ts';
import { FAILURE_CODES } from '../../domain/errors.ts';
import { LANES, type StepOutcome } from '../../domain/plan.ts';
import {
  dueAtOf,
  isDeleted,
  TERMINAL_STATES,
  TIMELINE_EVENTS,
  UPLOAD_STATES,
  type Upload,
} from '../../domain/upload.ts';
import { dueShardOf } from '../due-shard.ts';
import { listingKeyOf, parseListingKey } from '../listing-order.ts';

export type Row = Readonly<Record<string, unknown>>;

export const STATE_SORT_KEY = 'STATE';
const PARTITION_PREFIX = 'UPLOAD#';

export const partitionOf = (uploadId: string): string => `${PARTITION_PREFIX}${uploadId}`;
export const uploadIdIn = (partition: string): string => partition.slice(PARTITION_PREFIX.length);
const GENERATION_PREFIX = 'GEN#';
/** Zero-padded, so that text order is the order of generations. */
export const generationSortKey = (generation: number): string =>
  `${GENERATION_PREFIX}${String(generation).padStart(10, '0')}`;
export const ownerKeyOf = (tenant: string, owner: string): string => `${tenant}#${owner}`;
export const dueShardKey = (shard: number): string => `DUE#${shard}`;

/** Results are text in the row: DynamoDB numbers end at 38 digits and 1e126, its maps at 32 levels; JSON does not. */
const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.issues.push({ code: 'custom', message: 'Not JSON.', input: text });
    return z.NEVER;
  }
});

const failureCode = z.enum(FAILURE_CODES);
const decided = {
  at: z.number(),
  attempt: z.number(),
  durationMs: z.number(),
  requestId: z.string(),
};
const derivedFile = z.object({
  name: z.string(),
  key: z.string(),
  size: z.number(),
  contentType: z.string(),
});
const notSucceeded = { ...decided, code: failureCode, message: z.string() };
const outcome = z.discriminatedUnion('state', [
  z.object({
    ...decided,
    state: z.literal('succeeded'),
    result: jsonText,
    files: z.array(derivedFile),
    reused: z.object({ uploadId: z.string(), generation: z.int() }).optional(),
  }),
  z.object({ ...notSucceeded, state: z.literal('failed') }),
  z.object({ ...notSucceeded, state: z.literal('skipped') }),
]);

const objectVersion = z.object({
  bucket: z.string(),
  key: z.string(),
  versionId: z.string().optional(),
  eTag: z.string(),
  size: z.number(),
  lastModified: z.number(),
  sequencer: z.string().optional(),
});

const createdAt = z.string().transform((text, context) => {
  const key = parseListingKey(text);
  if (key !== undefined) return key.createdAt;
  context.issues.push({ code: 'custom', message: 'Not an instant and an id.', input: text });
  return z.NEVER;
});

const base = {
  id: z.string(),
  tenant: z.string(),
  owner: z.string(),
  origin: z.enum(['api', 'bucket']),
  declared: z
    .object({
      name: z.string(),
      size: z.number(),
      type: z.string(),
      sha256: z.string().optional(),
    })
    .optional(),
  options: jsonText.pipe(checkedOptions).optional(),
  group: z.object({ id: z.string(), index: z.int().nonnegative() }).optional(),
  createdAt,
  updatedAt: z.number(),
  rev: z.int().positive(),
  generation: z.int().nonnegative(),
  object: objectVersion.optional(),
  type: z.string().optional(),
  plan: z.array(
    z.object({
      name: z.string(),
      version: z.number(),
      lane: z.enum(LANES),
      needs: z.array(z.string()),
    }),
  ),
  outcomes: z.record(z.string(), outcome),
  childrenEnded: z.int().nonnegative().optional(),
  timeline: z.array(
    z.object({
      at: z.number(),
      event: z.enum(TIMELINE_EVENTS),
      generation: z.int().nonnegative(),
      state: z.enum(UPLOAD_STATES),
      requestId: z.string(),
      attempt: z.number(),
    }),
  ),
};
const live = { ...base, dueAt: z.number(), drives: z.number() };

const row = z.discriminatedUnion('state', [
  z.object({ ...live, state: z.literal('awaiting_upload'), uploadDeadline: z.number() }),
  z.object({
    ...live,
    state: z.literal('processing'),
    object: objectVersion,
    type: z.string(),
    startedAt: z.number(),
    repeats: z.int().positive().optional(),
    isFresh: z.boolean().optional(),
    drivenWith: z.int().nonnegative().optional(),
  }),
  z.object({
    ...base,
    state: z.enum(TERMINAL_STATES),
    startedAt: z.number().optional(),
    endedAt: z.number(),
    deletedAt: z.number().optional(),
    erasure: z
      .object({
        dueAt: z.number(),
        drives: z.number(),
        emptiedAt: z.number().optional(),
        sha256: z.string().optional(),
        hasChildren: z.literal(true).optional(),
      })
      .optional(),
    failure: z
      .object({ code: failureCode, message: z.string(), step: z.string().optional() })
      .optional(),
  }),
]);

/** How an outcome stands in the row. */
export const storedOutcome = (recorded: StepOutcome): Row =>
  recorded.state === 'succeeded'
    ? { ...recorded, result: JSON.stringify(recorded.result ?? null) }
    : { ...recorded };

/** Everything of an upload but the keys of indexes, which only its current row has. */
const spelled = (upload: Upload): Row => ({
  ...upload,
  v: 1,
  createdAt: listingKeyOf(upload),
  ...(upload.options === undefined ? {} : { options: JSON.stringify(upload.options) }),
  outcomes: Object.fromEntries(
    Object.entries(upload.outcomes).map(([step, recorded]) => [step, storedOutcome(recorded)]),
  ),
});

/** The same for the same upload, so that a repeated write recognises what the first one wrote. */
const writeTokenOf = (content: Row): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url');

/** The current row of an upload. `expiresAt` is in seconds; without one the row stays. */
export const stateRow = (upload: Upload, expiresAt: number | undefined) => {
  const dueAt = dueAtOf(upload);
  const content: Row = {
    ...spelled(upload),
    // A deleted upload is in no listing, and a child is in that of its parent's children alone.
    ...(isDeleted(upload) || parentOf(upload) !== undefined
      ? {}
      : { ownerKey: ownerKeyOf(upload.tenant, upload.owner) }),
    // Only what the sweep has something to do for has a shard: that makes the due index sparse.
    ...(dueAt === undefined ? {} : { dueShard: dueShardKey(dueShardOf(upload.id)), dueAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return {
    pk: partitionOf(upload.id),
    sk: STATE_SORT_KEY,
    ...content,
    writeToken: writeTokenOf(content),
  };
};

/** The kept row of a generation; in no index. */
export const generationRow = (upload: Upload): Row => ({
  pk: partitionOf(upload.id),
  sk: generationSortKey(upload.generation),
  ...spelled(upload),
});

/**
 * Reads a row back.
 * @throws Error naming the row and what is wrong with it: someone else wrote it, or a version that is not ours.
 */
export const uploadIn = (stored: Row): Upload => {
  const parsed = row.safeParse(stored);
  if (parsed.success) return parsed.data;
  throw new Error(
    `The row ${String(stored.pk)} ${String(stored.sk)} is not an upload: ${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  );
};
