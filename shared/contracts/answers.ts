/** Bodies that the HTTP API answers with. The functions' answers are typed by these, and so are the client's. */
import * as z from 'zod';
import { FAILURE_CODES } from '../domain/errors.ts';
import type { HistoryEntry } from '../domain/history.ts';
import { TIMELINE_EVENTS, UPLOAD_STATES } from '../domain/upload.ts';
import { uploadStatus } from './status.ts';

const instant = z.iso.datetime();

export const startedSession = z.object({
  token: z.string(),
  tokenType: z.literal('Bearer'),
  tenant: z.string(),
  user: z.string(),
  expiresAt: instant,
});

/** Send every field as it is, and the file as the last one. */
const uploadForm = z.object({ url: z.url(), fields: z.record(z.string(), z.string()) });

export const createdUpload = z.object({
  upload: uploadStatus,
  /** Path of the status, relative to the API. */
  statusUrl: z.string(),
  /** Absent when a repeated request finds that the upload takes no file any more. */
  post: uploadForm.optional(),
  /** No file can be sent with the form after it. */
  expiresAt: instant.optional(),
});

export const uploadList = z.object({
  uploads: z.array(uploadStatus),
  /** Of the next page; absent on the last one. */
  cursor: z.string().optional(),
});

const historyEntry: z.ZodType<HistoryEntry> = z.object({
  at: instant,
  generation: z.int().nonnegative(),
  event: z.enum([...TIMELINE_EVENTS, 'step_ended', 'superseded']),
  /** The invocation that did it. */
  requestId: z.string().optional(),
  attempt: z.int().positive().optional(),
  state: z.enum([...UPLOAD_STATES, 'succeeded', 'skipped']).optional(),
  step: z.string().optional(),
  durationMs: z.int().nonnegative().optional(),
  code: z.enum(FAILURE_CODES).optional(),
});

export const uploadHistory = z.object({ history: z.array(historyEntry) });

export const signedParts = z.object({
  /** Of the object, as clients of S3 ask for it. */
  key: z.string(),
  /** Bytes of every part but the last. */
  partSize: z.int().positive(),
  partCount: z.int().positive(),
  parts: z.array(
    z.object({
      partNumber: z.int().positive(),
      /** Exactly so many bytes are taken. */
      size: z.int().nonnegative(),
      url: z.url(),
    }),
  ),
  /** Of the addresses. Ask again for what was not sent by then. */
  expiresAt: instant,
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

export const completedParts = z.object({ upload: uploadStatus, location: z.string() });
