/** Webhooks on the wire: what a tenant's backend sends and is answered, and what its receivers get. */
import * as z from 'zod';
import { CALL_FAILURE_CODES, DELIVERY_END_CODES } from '../domain/errors.ts';
import { TERMINAL_STATES } from '../domain/upload.ts';
import { DISABLED_REASONS, WEBHOOK_EVENTS } from '../domain/webhook.ts';
import { DELIVERY_STATES } from '../domain/webhook-delivery.ts';
import { stateCounts } from './group.ts';

const instant = z.iso.datetime();
const events = z
  .array(z.enum(WEBHOOK_EVENTS))
  .min(1)
  .max(WEBHOOK_EVENTS.length)
  .refine((chosen) => new Set(chosen).size === chosen.length, 'must name each event once');

export const createWebhookBody = z.strictObject({
  url: z
    .string()
    .min(1)
    .max(2048)
    .describe('Where the requests go: HTTPS, on the public internet.'),
  events: events.default([...WEBHOOK_EVENTS]).describe('What to be told of.'),
});

export const changeWebhookBody = z
  .strictObject({ events: events.optional(), enabled: z.boolean().optional() })
  .refine((body) => body.events !== undefined || body.enabled !== undefined, {
    message: 'say what is to change: events or enabled',
  });

const DAY_SECONDS = 24 * 60 * 60;

export const rotateSecretBody = z.strictObject({
  keepOldSeconds: z
    .int()
    .min(0)
    .max(7 * DAY_SECONDS)
    .default(DAY_SECONDS)
    .describe('For so long the old secret signs too; 0 for one that leaked.'),
});

export const webhookPath = z.object({ webhookId: z.string().min(1).max(64) });
export const deliveryPath = webhookPath.extend({ deliveryId: z.string().min(1).max(128) });

export const listDeliveriesQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z
    .string()
    .regex(/^msg_\w{1,124}$/, 'is not one of this list')
    .optional()
    .describe('Of the answer before.'),
});

const failure = z.object({
  code: z.enum([...CALL_FAILURE_CODES, ...DELIVERY_END_CODES]),
  message: z.string(),
});

export const shownWebhook = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  enabled: z.boolean(),
  createdAt: instant,
  oldSecretUntil: instant
    .optional()
    .describe('Until then the secret before the last rotation signs too.'),
  disabled: z
    .object({ at: instant, reason: z.enum(DISABLED_REASONS), message: z.string() })
    .optional()
    .describe('Present while it is turned off: since when, and why.'),
  failing: z
    .object({ since: instant, last: failure })
    .optional()
    .describe('Present while no request succeeds.'),
});

export const webhookAnswer = z.object({ webhook: shownWebhook });
/** The only two answers that carry a secret: of a webhook that was made, and of a secret that was rotated. */
export const secretAnswer = webhookAnswer.extend({
  secret: z
    .string()
    .regex(/^whsec_/)
    .describe('Verifies the requests. Nobody is shown it again.'),
});
export const webhooksAnswer = z.object({ webhooks: z.array(shownWebhook) });

export const shownDelivery = z.object({
  id: z.string().describe('The `webhook-id` of its requests.'),
  event: z.enum(WEBHOOK_EVENTS),
  state: z.enum(DELIVERY_STATES),
  createdAt: instant,
  endedAt: instant.optional(),
  dueAt: instant.optional().describe('When it is tried again, at the earliest.'),
  error: failure.optional().describe('Why it was given up.'),
  attempts: z
    .array(
      z.object({
        at: instant,
        durationMs: z.int().nonnegative(),
        status: z.int().optional().describe('Of the answer, if there was one.'),
        error: failure.optional().describe('Absent when it was taken.'),
      }),
    )
    .describe('The newest twenty requests, oldest first.'),
  payload: z.string().describe('What is sent, as JSON.'),
});

export const deliveriesAnswer = z.object({
  deliveries: z.array(shownDelivery),
  cursor: z.string().optional().describe('Of the next page; absent on the last one.'),
});
export const deliveryAnswer = z.object({ delivery: shownDelivery });

const told = {
  /** The tenant's user whose it is; `bucket` for an object that another tool put there. */
  user: z.string(),
  endedAt: instant,
  /** Of its status, relative to the API. */
  href: z.string(),
};

/** The body of every request to a webhook. */
export const webhookPayload = z.union([
  z.object({
    type: z.enum(TERMINAL_STATES.map((state) => `upload.${state}` as const)),
    timestamp: instant,
    data: z.object({
      /** Of the upload. */
      id: z.string(),
      state: z.enum(TERMINAL_STATES),
      generation: z.int().nonnegative(),
      /** The upload of the archive that it was an entry of. */
      parent: z.string().optional(),
      ...told,
    }),
  }),
  z.object({
    type: z.literal('group.ended'),
    timestamp: instant,
    data: z.object({
      /** Of the group. */
      id: z.string(),
      count: z.int().positive(),
      /** How many members had come to which end. */
      states: stateCounts,
      ...told,
    }),
  }),
]);

export type ShownWebhook = z.infer<typeof shownWebhook>;
export type ShownDelivery = z.infer<typeof shownDelivery>;
export type WebhookPayload = z.infer<typeof webhookPayload>;
