/** Bodies that the HTTP API answers with. The functions' answers are typed by these, and so are the client's. */
import * as z from 'zod';
import { FAILURE_CODES } from '../domain/errors.ts';
import type { HistoryEntry } from '../domain/history.ts';
import type { UploadResults } from '../domain/results.ts';
import { TIMELINE_EVENTS, UPLOAD_STATES } from '../domain/upload.ts';
import { groupStatus } from './group.ts';
import { derivedFileStatus, stepStatus, uploadStatus } from './status.ts';

const instant = z.iso.datetime();

export const startedSession = z.object({
  token: z.string().describe('Goes into the Authorization header of every other request.'),
  tokenType: z.literal('Bearer'),
  tenant: z.string(),
  user: z.string().describe('An anonymous session gets a user of its own.'),
  expiresAt: instant,
});

const uploadForm = z.object({
  url: z.url(),
  fields: z
    .record(z.string(), z.string())
    .describe('Go into the form as they are; the file itself comes last, as `file`.'),
});

const partSize = z.int().positive().describe('Bytes of every part but the last.');

export const createdUpload = z.object({
  upload: uploadStatus,
  statusUrl: z.string().describe('Path of the status, relative to the API.'),
  post: uploadForm
    .optional()
    .describe(
      'Takes exactly the announced file, once. Absent when the upload takes no file any more, and for a file that is too large for a form.',
    ),
  parts: z
    .object({ partSize, partCount: z.int().positive() })
    .optional()
    .describe(
      'In place of the form for more than 5 GiB: how the file is cut. Ask for the addresses with `POST /uploads/{id}/parts`.',
    ),
  expiresAt: instant
    .optional()
    .describe(
      'No file can be sent with the form after it; addresses of parts must be asked for first before it.',
    ),
});

export const createdGroup = z.object({
  group: groupStatus,
  statusUrl: z.string().describe('Path of the status, relative to the API.'),
  uploads: z.array(createdUpload).describe('In the order in which their files were given.'),
});

export const uploadList = z.object({
  uploads: z.array(uploadStatus),
  cursor: z.string().optional().describe('Of the next page; absent on the last one.'),
});

const historyEntry: z.ZodType<HistoryEntry> = z.object({
  at: instant,
  generation: z.int().nonnegative(),
  event: z.enum([...TIMELINE_EVENTS, 'step_ended', 'superseded']),
  requestId: z.string().optional().describe('The invocation that did it, to find its log lines.'),
  attempt: z.int().positive().optional(),
  state: z.enum([...UPLOAD_STATES, 'succeeded', 'skipped']).optional(),
  step: z.string().optional(),
  durationMs: z.int().nonnegative().optional(),
  code: z.enum(FAILURE_CODES).optional(),
  /** Of a step that nobody worked for, because the same bytes came to it before. */
  reused: z.literal(true).optional(),
});

export const uploadHistory = z.object({ history: z.array(historyEntry) });

const stepResult = stepStatus.pick({
  name: true,
  version: true,
  state: true,
  reused: true,
  outcome: true,
  error: true,
  files: true,
});

export const uploadResults: z.ZodType<UploadResults> = z.object({
  id: z.string(),
  state: z.enum(UPLOAD_STATES),
  generation: z.int().nonnegative(),
  manifest: derivedFileStatus
    .omit({ size: true })
    .optional()
    .describe('The lasting account of all of it, as one file. Absent while it has not ended.'),
  steps: z.array(stepResult),
});

export const resultLink = z.object({
  url: z.url().describe('Of the file storage. Needs no session, and is good for a minute.'),
  expiresAt: instant,
  fileName: z.string().describe("The user's name of the file and what was made of it."),
  contentType: z.string().describe('As which it is sent: never one that a browser would run.'),
  size: z.int().nonnegative().optional(),
});

export const signedParts = z.object({
  key: z.string().describe('Of the object, for clients of S3 that ask for it.'),
  partSize,
  partCount: z.int().positive(),
  parts: z.array(
    z.object({
      partNumber: z.int().positive(),
      size: z.int().nonnegative().describe('Exactly so many bytes are taken.'),
      url: z.url().describe('Takes the part by PUT.'),
    }),
  ),
  expiresAt: instant.describe('Of the addresses. Ask again for what was not sent by then.'),
});

export const listedParts = z.object({
  parts: z.array(
    z.object({
      PartNumber: z.int().positive(),
      Size: z.int().nonnegative(),
      ETag: z.string(),
    }),
  ),
});

export const completedParts = z.object({
  upload: uploadStatus,
  location: z.string().describe('Path of the status, relative to the API.'),
});
