/** An issuer of tokens outside this deployment, whose users are users here (docs/sessions.md). */
import * as z from 'zod';

const MAX_CLAIM_NAME = 256;

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** What anybody on the way could change decides who gets in, so the way is closed; a laptop's own is. */
const isClosedWay = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.has(url.hostname));
};

const claimName = z.string().min(1).max(MAX_CLAIM_NAME);

export const externalIssuer = z.strictObject({
  /** Exactly as in `iss`. Tokens of ours begin otherwise, so that no record of one is ever taken for one of the other. */
  issuer: z
    .string()
    .min(1)
    .max(512)
    .regex(/^(?!urn:sluice:)/),
  /** Must be in `aud`. */
  audience: z.string().min(1).max(512),
  /** The only address that keys are ever fetched from. */
  jwksUrl: z.string().refine(isClosedWay, 'must be https'),
  tenantClaim: claimName.default('tenant'),
  userClaim: claimName.default('sub'),
});

export type ExternalIssuer = z.infer<typeof externalIssuer>;
