/** Bodies and parameters of the HTTP API. */
import { z } from 'zod';

/** 5 GB is what one POST to S3 may carry; a named bound below it keeps one file inside one worker's time. */
export const MAX_POST_BYTES = 5 * 1024 ** 3;

const MAX_NAME_CHARACTERS = 255;

export const createUploadBody = z.strictObject({
  /** The user's file name: data, never part of a key or a path. */
  name: z.string().min(1).max(MAX_NAME_CHARACTERS),
  size: z.int().min(0).max(MAX_POST_BYTES),
  type: z
    .string()
    .max(127)
    .regex(/^[\w.+-]+\/[\w.+-]+$/, 'must look like text/csv')
    .default('application/octet-stream'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits')
    .optional(),
});

export const listUploadsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().max(1024).optional(),
});

export const uploadPath = z.object({ id: z.string().min(1).max(64) });

export const resultPath = uploadPath.extend({
  step: z.string().min(1).max(64),
  name: z.string().min(1).max(64),
});
