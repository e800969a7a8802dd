/** Tokens of an issuer outside: JWTs with one of few asymmetric algorithms, read with the keys that it publishes at one address. */
import { decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod';
import type { ExternalIssuer } from '../../contracts/external-issuer.ts';
import { RetryableError } from '../../domain/errors.ts';
import { isTenant } from '../../domain/object-key.ts';
import { BUCKET_OWNER } from '../../domain/upload.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SessionClaims, TokenReader } from '../../ports/session-tokens.ts';

export interface ExternalTokenOptions extends ExternalIssuer {
  /** What the issuer publishes. @throws RetryableError when it does not answer. */
  readonly keyOf: JWTVerifyGetKey;
  readonly clock: Clock;
}

/** No secret is shared with an issuer, so no algorithm with one is ever right. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
/** Groups and roles make them longer than ours; what is longer still is not looked at. */
const MAX_CHARACTERS = 8_192;
/** Clocks of two houses. */
const TOLERANCE_SECONDS = 30;
/** As our own: no token counts for longer, whatever it says. */
const LONGEST_SECONDS = 7 * 24 * 60 * 60;

/** A key is found by its id among those of the one address; whatever else a token says of keys makes it none. */
const protectedHeader = z.object({
  alg: z.enum(ALGORITHMS),
  kid: z.string().min(1).max(256),
  // An access token (RFC 9068) or a plain JWT, but no logout token, DPoP proof or whatever else the same key signs.
  typ: z
    .string()
    .regex(/^(?:application\/)?(?:at\+)?jwt$/i)
    .optional(),
  jwk: z.never().optional(),
  jku: z.never().optional(),
  x5u: z.never().optional(),
  x5c: z.never().optional(),
  crit: z.never().optional(),
  b64: z.never().optional(),
});

const tenant = z.string().refine(isTenant);
/** Wider than what an API key may name: issuers join words by `|`, `:` and `/`. */
const user = z.string().regex(new RegExp(`^(?!${BUCKET_OWNER}$)[\\w.@+|:/=-]{1,128}$`));
const times = z.object({
  jti: z.string().min(1).max(256),
  iat: z.number().nonnegative(),
  exp: z.number().positive(),
});

/** Base64url without slack bits and padding. Their JSON is theirs: the id of a token is what it is revoked by. */
const isPlain = (token: string): boolean => {
  const parts = token.split('.');
  return (
    parts.length === 3 &&
    parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
  );
};

const own = (payload: object, claim: string): unknown =>
  Object.hasOwn(payload, claim) ? (payload as Record<string, unknown>)[claim] : undefined;

const readClaims = async (
  token: string,
  { issuer, audience, tenantClaim, userClaim, keyOf, clock }: ExternalTokenOptions,
): Promise<SessionClaims | undefined> => {
  const { payload } = await jwtVerify(token, keyOf, {
    algorithms: [...ALGORITHMS],
    issuer,
    audience,
    currentDate: new Date(clock.now()),
    clockTolerance: TOLERANCE_SECONDS,
    requiredClaims: ['exp', 'iat', 'jti'],
  });
  const { data: said } = times.safeParse(payload);
  if (said === undefined || said.exp - said.iat > LONGEST_SECONDS) return undefined;
  if (said.iat > clock.now() / 1000 + TOLERANCE_SECONDS) return undefined;
  const ofTenant = tenant.safeParse(own(payload, tenantClaim)).data;
  const ofUser = user.safeParse(own(payload, userClaim)).data;
  if (ofTenant === undefined || ofUser === undefined) return undefined;
  const expiresAt = said.exp * 1000;
  const session = { issuer, id: said.jti, foreignUntil: expiresAt };
  return { tenant: ofTenant, owner: ofUser, session, expiresAt };
};

/** Why a token is refused is nobody's business. That the issuer is silent is: the token may be good, and is not refused for it. */
export const createExternalTokenReader = (options: ExternalTokenOptions): TokenReader => ({
  async read(token) {
    if (token.length > MAX_CHARACTERS || !isPlain(token)) return undefined;
    try {
      if (!protectedHeader.safeParse(decodeProtectedHeader(token)).success) return undefined;
      return await readClaims(token, options);
    } catch (error) {
      if (error instanceof RetryableError) throw error;
      if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) {
        throw new RetryableError('issuer_unavailable', { cause: error });
      }
      return undefined;
    }
  },
});
