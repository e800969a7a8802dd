/** What an operator may ask of `operate`. A misspelt field is refused: it could be the one that limits the command. */
import * as z from 'zod';
import { isTenant } from '../domain/object-key.ts';
import { tenantBudget } from './tenant-budget.ts';
import { tenantQuota } from './tenant-quota.ts';

const uploadId = z.string().min(1).max(64);
const fingerprint = z.string().min(1).max(256);
const cursor = z.string().min(1).max(2048).optional();

/** SQS itself takes any rate; what comes after it has to be worked beside the day's uploads. */
const MAX_PER_SECOND = 100;

export const operatorCommand = z.discriminatedUnion('command', [
  z.strictObject({
    command: z.literal('dead-letters'),
    fingerprint: fingerprint.optional(),
    uploadId: uploadId.optional(),
    cursor,
  }),
  z
    .strictObject({
      command: z.literal('redrive'),
      uploadId: uploadId.optional(),
      fingerprint: fingerprint.optional(),
      /** Only tell what would be done. */
      dryRun: z.boolean().default(false),
      perSecond: z.number().min(0.1).max(MAX_PER_SECOND).default(10),
      /** Process failed uploads once more, each as a new generation. */
      reprocess: z.boolean().default(false),
      cursor,
    })
    .refine((command) => command.uploadId !== undefined || command.fingerprint !== undefined, {
      message: 'say which letters: by uploadId or by fingerprint',
    }),
  z.strictObject({
    command: z.literal('reprocess'),
    uploadId,
    /** Work every step anew, also those that succeeded and have not changed since. */
    fresh: z.boolean().default(false),
  }),
  z
    .strictObject({
      command: z.literal('rebuild-view'),
      tenant: z.string().min(1).max(63).optional(),
      owner: z.string().min(1).max(256).optional(),
      cursor,
    })
    .refine(({ tenant, owner }) => owner === undefined || tenant !== undefined, {
      message: 'an owner is one of a tenant: name the tenant too',
    }),
  z.strictObject({ command: z.literal('explain'), uploadId }),
  z.strictObject({
    command: z.literal('tenant-budget'),
    tenant: z.string().refine(isTenant, 'must be lower-case letters, digits or -'),
    /** By step, in place of all that the tenant had; without it they are shown. */
    limits: tenantBudget.optional(),
  }),
  z.strictObject({
    command: z.literal('tenant-quota'),
    tenant: z.string().refine(isTenant, 'must be lower-case letters, digits or -'),
    /** In place of all that the tenant had; without it they are shown. */
    limits: tenantQuota.optional(),
  }),
]);
