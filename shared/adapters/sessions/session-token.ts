/** Session tokens: JWTs with one fixed algorithm, signed by the newest key, read with any key the deployment still trusts. */
import { decodeProtectedHeader, importJWK, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import type { PublicKeys, SigningKey } from '../../contracts/session.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SessionClaims, TokenReader, TokenSigner } from '../../ports/session-tokens.ts';

export interface TokenTerms {
  /** Of the tokens' `iss`; the `aud` is derived from it. */
  readonly issuer: string;
  readonly clock: Clock;
}

const ALGORITHM = 'EdDSA';
/** Explicit typing (RFC 8725 §3.11): no other JWT that the same key may ever sign can pass for a session. */
const TYPE = 'sluice-session+jwt';
/** A token says nothing that would need more; what is longer is not looked at. */
const MAX_CHARACTERS = 2_048;
/** Clocks of our own machines. */
const TOLERANCE_SECONDS = 5;
/** No token of ours lives longer; one that says so was not made by us. */
const LONGEST_SESSION_SECONDS = 7 * 24 * 60 * 60;

/** Strict: no `jwk`, `jku`, `x5u`, `crit`; a key is only ever found by its id among our own. */
const protectedHeader = z.strictObject({
  alg: z.literal(ALGORITHM),
  kid: z.string(),
  typ: z.literal(TYPE),
});

const claims = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  sub: z.string().min(1),
  tenant: z.string().min(1),
  jti: z.string().min(1),
  iat: z.int().nonnegative(),
  exp: z.int().positive(),
});

const audienceOf = (issuer: string): string => `${issuer}:api`;

/**
 * Only the very text that our signer writes: base64url without slack bits, JSON without spaces, repeated
 * names or another order of numbers. So a token has one spelling.
 */
const isCanonical = (token: string): boolean => {
  const parts = token.split('.');
  return (
    parts.length === 3 &&
    parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part) &&
    parts.slice(0, 2).every((part) => {
      const text = Buffer.from(part, 'base64url').toString('utf8');
      return JSON.stringify(JSON.parse(text)) === text;
    })
  );
};

type CryptoKey = Awaited<ReturnType<JWTVerifyGetKey>>;

const createKeyring = ({ keys }: PublicKeys) => {
  const imported = new Map<string, Promise<CryptoKey>>();
  const byId = new Map(keys.map((key) => [key.kid, key]));
  return (kid: string): Promise<CryptoKey> | undefined => {
    const key = byId.get(kid);
    if (key === undefined) return undefined;
    const known =
      imported.get(kid) ?? importJWK({ kty: key.kty, crv: key.crv, x: key.x }, ALGORITHM);
    imported.set(kid, known);
    return known;
  };
};

const readClaims = async (
  token: string,
  key: CryptoKey,
  { issuer, clock }: TokenTerms,
): Promise<SessionClaims | undefined> => {
  const { payload } = await jwtVerify(token, key, {
    algorithms: [ALGORITHM],
    issuer,
    audience: audienceOf(issuer),
    typ: TYPE,
    currentDate: new Date(clock.now()),
    clockTolerance: TOLERANCE_SECONDS,
    requiredClaims: ['exp', 'iat', 'jti', 'sub'],
  });
  const { data: said } = claims.safeParse(payload);
  if (said === undefined || said.exp - said.iat > LONGEST_SESSION_SECONDS) return undefined;
  if (said.iat > clock.now() / 1000 + TOLERANCE_SECONDS) return undefined;
  return {
    tenant: said.tenant,
    owner: said.sub,
    session: { issuer, id: said.jti },
    expiresAt: said.exp * 1000,
  };
};

/** Why a token is refused is nobody's business: whatever goes wrong with its text, it is no token. */
export const createTokenReader = (keys: PublicKeys, terms: TokenTerms): TokenReader => {
  const keyOf = createKeyring(keys);
  return {
    async read(token) {
      if (token.length > MAX_CHARACTERS) return undefined;
      try {
        if (!isCanonical(token)) return undefined;
        const { data: header } = protectedHeader.safeParse(decodeProtectedHeader(token));
        const key = header === undefined ? undefined : await keyOf(header.kid);
        return key === undefined ? undefined : await readClaims(token, key, terms);
      } catch {
        return undefined;
      }
    },
  };
};

/** The key is asked for at the first signature and kept; one that could not be had is asked for again. */
export const createTokenSigner = (
  loadKey: () => Promise<SigningKey>,
  { issuer }: Pick<TokenTerms, 'issuer'>,
): TokenSigner => {
  let loading: Promise<SigningKey> | undefined;
  const load = async (): Promise<SigningKey> => {
    loading ??= loadKey();
    try {
      return await loading;
    } catch (error) {
      loading = undefined;
      throw error;
    }
  };
  return {
    issuer,
    async sign({ id, tenant, owner, createdAt, expiresAt }) {
      const { kid, kty, crv, x, d } = await load();
      return new SignJWT({ tenant })
        .setProtectedHeader({ alg: ALGORITHM, kid, typ: TYPE })
        .setIssuer(issuer)
        .setAudience(audienceOf(issuer))
        .setSubject(owner)
        .setJti(id)
        .setIssuedAt(Math.floor(createdAt / 1000))
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .sign(await importJWK({ kty, crv, x, d }, ALGORITHM));
    },
  };
};
