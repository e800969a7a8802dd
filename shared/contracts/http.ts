/** Bodies and parameters of the HTTP API. */
import * as z from 'zod';
import { isTenant } from '../domain/object-key.ts';
import { MAX_FILE_BYTES } from '../domain/parts.ts';
import { BUCKET_OWNER } from '../domain/upload.ts';
import { uploadOptions } from './upload-options.ts';

const MAX_NAME_CHARACTERS = 255;

const tenantName = z.string().refine(isTenant, 'must be lower-case letters, digits or -');

export const createUploadBody = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(MAX_NAME_CHARACTERS)
    .describe("The user's name of the file: data, never part of a key or a path."),
  size: z
    .int()
    .min(0)
    .max(MAX_FILE_BYTES)
    .describe(
      'The exact number of bytes. A deployment may take less; more than 5 GiB is sent in parts.',
    ),
  type: z
    .string()
    .max(127)
    .regex(/^[\w.+-]+\/[\w.+-]+$/, 'must look like text/csv')
    .default('application/octet-stream'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits')
    .optional()
    .describe('Other bytes are then refused.'),
  options: uploadOptions.optional(),
});

export const createSessionBody = z.strictObject({
  user: z
    .string()
    // Nobody is called as the owner of what other tools drop into the bucket.
    .regex(
      new RegExp(`^(?!${BUCKET_OWNER}$)[\\w.@+-]{1,128}$`),
      `must be 1 to 128 letters, digits or . _ @ + - and not ${BUCKET_OWNER}`,
    )
    .optional()
    .describe("The tenant's own name of its user. Needs an API key, and an API key needs it."),
});

/** What an operator asks the function api-keys for. */
export const apiKeysRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('make'), tenant: tenantName }),
  z.strictObject({ action: z.literal('list'), tenant: tenantName }),
  z.strictObject({ action: z.literal('forget'), tenant: tenantName, keyId: z.string().min(1) }),
]);

export const listUploadsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().max(1024).optional().describe('Of the answer before.'),
});

/** As the client likes, of what a header can carry. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .optional();

export const statusQuery = z.object({
  // An HTTP API ends every request after 30 seconds.
  wait: z.coerce
    .number()
    .int()
    .min(1)
    .max(25)
    .optional()
    .describe(
      'Seconds to wait for the revision after the one of If-None-Match, or after this one.',
    ),
});

const partNumber = z.int().min(1).max(10_000);

export const signPartsBody = z.strictObject({
  // Each address is some hundred bytes of the answer.
  parts: z.array(partNumber).min(1).max(200),
});

/** As clients of S3 name parts. */
export const completePartsBody = z.strictObject({
  parts: z
    .array(z.object({ PartNumber: partNumber, ETag: z.string().max(128) }))
    .max(10_000)
    .optional(),
});

export const uploadPath = z.object({ id: z.string().min(1).max(64) });

export const resultPath = uploadPath.extend({
  step: z.string().min(1).max(64),
  name: z.string().min(1).max(64),
});
