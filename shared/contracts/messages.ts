/** Messages on our own queues. `v` is raised when an old worker could misread a new message. */
import * as z from 'zod';
import { FAILURE_CODES } from '../domain/errors.ts';
import { MEMBER_STATES } from '../domain/group.ts';
import { TERMINAL_STATES } from '../domain/upload.ts';
import { checkedOptions } from './upload-options.ts';

const pinnedObject = z.object({
  bucket: z.string().min(1),
  key: z.string().min(1),
  versionId: z.string().optional(),
  eTag: z.string(),
  size: z.int().nonnegative(),
});

/** Steps of one lane that are ready: all a worker needs, so that it reads no state before it works. */
export const laneMessage = z.object({
  v: z.literal(1),
  kind: z.literal('steps'),
  uploadId: z.string().min(1),
  tenant: z.string().min(1),
  /** Absent in messages of before; then nobody is shown that the steps run. */
  owner: z.string().min(1).optional(),
  generation: z.int().positive(),
  object: pinnedObject,
  type: z.string(),
  name: z.string().optional(),
  declaredType: z.string().optional(),
  declaredSha256: z.string().optional(),
  options: checkedOptions.optional(),
  steps: z.array(z.string().min(1)).min(1),
  /** The generation of the same object that this one processes once more. */
  repeats: z.int().positive().optional(),
  /** Nothing that was found out before may stand for any of it. */
  isFresh: z.boolean().optional(),
  /** Results of the steps that these need, by step. */
  results: z.record(z.string(), z.unknown()),
});

/** Look whether this upload can end. Harmless at any moment and any number of times. */
export const finalizeMessage = z.object({
  v: z.literal(1),
  kind: z.literal('finalize'),
  uploadId: z.string().min(1),
  /** Only tell that this generation has ended: the next one is taking its place. */
  generation: z.int().positive().optional(),
});

/** Look whether this group can end. As harmless as the one above. */
export const groupMessage = z.object({
  v: z.literal(1),
  kind: z.literal('group'),
  groupId: z.string().min(1),
});

/** Look whether all children of this generation have ended. As harmless again. */
export const childrenMessage = z.object({
  v: z.literal(1),
  kind: z.literal('children'),
  uploadId: z.string().min(1),
  generation: z.int().positive(),
});

/** What the finalizer understands. */
export const endMessage = z.discriminatedUnion('kind', [
  finalizeMessage,
  groupMessage,
  childrenMessage,
]);

/** Sent at least once for every ended generation, always with the same `id`. */
export const notification = z.object({
  v: z.literal(1),
  kind: z.literal('upload.ended'),
  id: z.string(),
  uploadId: z.string(),
  tenant: z.string(),
  owner: z.string(),
  generation: z.int().nonnegative(),
  state: z.enum(TERMINAL_STATES),
  endedAt: z.iso.datetime(),
  /** The upload of the archive that it was an entry of. */
  parentId: z.string().optional(),
  /** Why it did not complete; `infected` when malware was found. */
  code: z.enum(FAILURE_CODES).optional(),
});

/** Sent at least once when the last member of a group has ended, always with the same `id`. */
export const groupNotification = z.object({
  v: z.literal(1),
  kind: z.literal('group.ended'),
  id: z.string(),
  groupId: z.string(),
  tenant: z.string(),
  owner: z.string(),
  /** How many members it has, and how many had come to which end at that moment. */
  count: z.int().positive(),
  states: z.partialRecord(z.enum(MEMBER_STATES), z.int().positive()),
  endedAt: z.iso.datetime(),
});

/** Everything that the world is told of. */
export const anyNotification = z.discriminatedUnion('kind', [notification, groupNotification]);

/** An object that was found by looking, not by an S3 event: the sweep's way to start what nobody announced. */
export const foundObject = z.object({
  v: z.literal(1),
  kind: z.literal('found'),
  bucket: z.string().min(1),
  key: z.string().min(1),
});

/** Erase everything of an upload whose row says that it was deleted. Harmless for every other, and any number of times. */
export const deletionMessage = z.object({
  v: z.literal(1),
  kind: z.literal('deletion'),
  uploadId: z.string().min(1),
});

/** Take back the children of an upload that nobody wants any more; its own row says which. Harmless any number of times. */
export const abandonedMessage = z.object({
  v: z.literal(1),
  kind: z.literal('abandoned'),
  uploadId: z.string().min(1),
});

/** What the eraser understands. */
export const erasureMessage = z.discriminatedUnion('kind', [deletionMessage, abandonedMessage]);

/** Send one event to one webhook, if this turn of it is not done yet. */
export const webhookMessage = z.object({
  v: z.literal(1),
  kind: z.literal('webhook'),
  tenant: z.string().min(1),
  webhookId: z.string().min(1),
  deliveryId: z.string().min(1),
  turn: z.int().nonnegative(),
});

export type WebhookMessage = z.infer<typeof webhookMessage>;
export type DeletionMessage = z.infer<typeof deletionMessage>;
export type AbandonedMessage = z.infer<typeof abandonedMessage>;
export type ErasureMessage = z.infer<typeof erasureMessage>;
export type ChildrenMessage = z.infer<typeof childrenMessage>;
export type LaneMessage = z.infer<typeof laneMessage>;
export type FinalizeMessage = z.infer<typeof finalizeMessage>;
export type GroupMessage = z.infer<typeof groupMessage>;
export type EndMessage = z.infer<typeof endMessage>;
export type GroupNotification = z.infer<typeof groupNotification>;
export type Notification = z.infer<typeof notification>;
export type AnyNotification = z.infer<typeof anyNotification>;
