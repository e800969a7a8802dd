/** What a user sees of an upload: the body of `GET /uploads/{id}`. */
import * as z from 'zod';
import { FAILURE_CODES } from '../domain/errors.ts';
import { LANES } from '../domain/plan.ts';
import type { UploadStatus } from '../domain/status.ts';
import { UPLOAD_STATES } from '../domain/upload.ts';

const failureCode = z.enum(FAILURE_CODES);
const instant = z.iso.datetime();

export const derivedFileStatus = z.object({
  name: z.string(),
  size: z.int().nonnegative(),
  contentType: z.string(),
  href: z.string().describe('Path of the download, relative to the API.'),
});

export const stepStatus = z.object({
  name: z.string(),
  version: z.int(),
  lane: z.enum(LANES),
  needs: z.array(z.string()),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'skipped']),
  attempts: z.int().nonnegative(),
  startedAt: instant.optional(),
  endedAt: instant.optional(),
  durationMs: z.int().nonnegative().optional(),
  reused: z
    .literal(true)
    .optional()
    .describe('Nobody worked for it: it came out alike for the same bytes before.'),
  outcome: z
    .unknown()
    .optional()
    .describe('What the step found; its shape is that of its processor.'),
  error: z.object({ code: failureCode, message: z.string() }).optional(),
  files: z.array(derivedFileStatus),
});

export const uploadStatus: z.ZodType<UploadStatus> = z.object({
  id: z.string(),
  state: z.enum(UPLOAD_STATES),
  rev: z.int().positive().describe('Grows with every change, never goes back.'),
  generation: z.int().nonnegative().describe('Grows with each overwrite; 0 before a file came.'),
  createdAt: instant,
  updatedAt: instant,
  endedAt: instant.optional(),
  declared: z
    .object({
      name: z.string(),
      size: z.int(),
      type: z.string(),
      sha256: z.string().optional(),
    })
    .optional(),
  /** The group it belongs to, by id. */
  group: z.string().optional(),
  parent: z.string().optional().describe('The upload of the archive that it was an entry of.'),
  children: z
    .object({
      count: z.int().nonnegative(),
      ended: z.int().nonnegative().describe('How many of them have, at least. Never goes back.'),
      href: z.string().describe('Path of their list, relative to the API.'),
    })
    .optional()
    .describe('What was in the archive, as uploads of their own; there once they were made.'),
  size: z.int().nonnegative().optional(),
  detectedType: z.string().optional().describe('By the bytes, not by name or declaration.'),
  steps: z.array(stepStatus),
  progress: z
    .int()
    .min(0)
    .max(100)
    .describe('Percent of the work that is done; 100 only when the upload has ended.'),
  error: z
    .object({ code: failureCode, message: z.string(), step: z.string().optional() })
    .optional(),
});
