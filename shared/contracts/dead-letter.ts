/** A dead letter as it is kept. */
import * as z from 'zod';
import { ERROR_CODES } from '../domain/errors.ts';

export const deadLetter = z.object({
  messageId: z.string(),
  queue: z.string(),
  body: z.string(),
  fingerprint: z.string(),
  code: z.enum(ERROR_CODES),
  message: z.string(),
  uploadId: z.string().optional(),
  buriedAt: z.number(),
});
