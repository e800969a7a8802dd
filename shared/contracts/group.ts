/** Upload groups on the wire. */
import * as z from 'zod';
import { FAILURE_CODES } from '../domain/errors.ts';
import { MAX_GROUP_FILES, MEMBER_STATES } from '../domain/group.ts';
import type { GroupDocument, GroupStatus } from '../domain/group-status.ts';
import { createUploadBody } from './http.ts';

const instant = z.iso.datetime();
const count = z.int().nonnegative();
const percent = z.int().min(0).max(100);

export const createGroupBody = z.strictObject({
  /** Each as a body of `POST /uploads`. */
  files: z.array(createUploadBody).min(1).max(MAX_GROUP_FILES),
});

export const groupPath = z.object({ id: z.string().min(1).max(64) });

const memberStatus = z.object({
  id: z.string(),
  state: z.enum(MEMBER_STATES),
  progress: percent,
  name: z.string().optional(),
  error: z.object({ code: z.enum(FAILURE_CODES), message: z.string() }).optional(),
});

export const stateCounts = z.partialRecord(z.enum(MEMBER_STATES), count);

/** The body of `GET /upload-groups/{id}`. */
export const groupStatus: z.ZodType<GroupStatus> = z.object({
  id: z.string(),
  state: z.enum(['open', 'ended']),
  rev: count,
  createdAt: instant,
  updatedAt: instant,
  endedAt: instant.optional(),
  count,
  states: stateCounts,
  progress: percent,
  uploads: z.array(memberStatus),
});

/** The document on the board. */
export const groupDocument: z.ZodType<GroupDocument> = z.object({
  tenant: z.string(),
  owner: z.string(),
  readAt: z.number(),
  status: groupStatus,
});
