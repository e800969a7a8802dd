/** A session as it is kept, and the public keys that tokens are checked with. */
import * as z from 'zod';

export const sessionRecord = z.object({
  issuer: z.string(),
  id: z.string(),
  tenant: z.string(),
  owner: z.string(),
  createdAt: z.number(),
  /** Milliseconds since the epoch. */
  expiresAt: z.number(),
  revokedAt: z.number().optional(),
});

const base64url32 = z.string().regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url');
const ed25519 = { kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: base64url32 };
const kid = z.string().regex(/^[\w.-]{1,64}$/);
const usage = { alg: z.literal('EdDSA').optional(), use: z.literal('sig').optional() };

/** Strict, so that a private key that was put here by mistake is an error at the start and never travels. */
export const publicKeys = z.strictObject({
  keys: z.array(z.strictObject({ ...ed25519, kid, ...usage })),
});

export const signingKey = z.object({ ...ed25519, kid, d: base64url32 });

export type PublicKeys = z.infer<typeof publicKeys>;
export type SigningKey = z.infer<typeof signingKey>;
