/** The keys that secrets of webhooks are derived from, as they are kept in Parameter Store. */
import * as z from 'zod';

/** 256 random bits, as a symmetric JWK. */
const key = z.object({
  kty: z.literal('oct'),
  kid: z.string().regex(/^[\w.-]{1,64}$/),
  k: z.string().regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url'),
});

/** New secrets are derived from the first; the others are there as long as a webhook uses them. */
export const webhookKeys = z.object({ keys: z.array(key).min(1).max(10) });

export type WebhookKeys = z.infer<typeof webhookKeys>;
