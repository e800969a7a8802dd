/** Who a token speaks for: a text of ours, whose session exists, is not over and was not revoked. Asked at every call. */
import type { Clock } from '../ports/clock.ts';
import type { Session, SessionCache, SessionRef, SessionStore } from '../ports/session-store.ts';
import type { SessionClaims, TokenReader } from '../ports/session-tokens.ts';
import type { SessionVerifier } from '../ports/session-verifier.ts';

export interface VerifySessionDeps {
  readonly tokens: TokenReader;
  readonly sessionStore: SessionStore;
  /** Functions without a cache ask the store each time. */
  readonly sessionCache?: SessionCache | undefined;
  readonly clock: Clock;
}

const belongsTo = (session: Session, { tenant, owner }: SessionClaims): boolean =>
  session.tenant === tenant && session.owner === owner;

export const createSessionVerifier = (deps: VerifySessionDeps): SessionVerifier => {
  const { tokens, sessionStore, sessionCache, clock } = deps;

  const fromStore = async (ref: SessionRef): Promise<Session | undefined> => {
    const session = await sessionStore.find(ref);
    if (session === undefined) return undefined;
    if (session.revokedAt === undefined) await sessionCache?.fill(session);
    else await sessionCache?.revoke(ref);
    return session;
  };

  const sessionOf = async (claims: SessionClaims): Promise<Session | undefined> => {
    const cached = (await sessionCache?.find(claims)) ?? 'missing';
    if (cached === 'revoked') return undefined;
    // A copy that says something else than the signed token is no copy of ours.
    return cached !== 'missing' && belongsTo(cached, claims) ? cached : fromStore(claims);
  };

  return {
    async verify(token) {
      const claims = await tokens.read(token);
      const session = claims && (await sessionOf(claims));
      if (claims === undefined || session === undefined || !belongsTo(session, claims)) {
        return undefined;
      }
      const isValid = session.revokedAt === undefined && clock.now() < session.expiresAt;
      if (!isValid) return undefined;
      const { tenant, owner, issuer, id } = session;
      return { tenant, owner, session: { issuer, id } };
    },
  };
};

/** The first of several verifiers that knows the token. */
export const firstOf = (...verifiers: readonly SessionVerifier[]): SessionVerifier => ({
  async verify(token) {
    for (const verifier of verifiers) {
      const principal = await verifier.verify(token);
      if (principal !== undefined) return principal;
    }
    return undefined;
  },
});
