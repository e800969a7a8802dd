/** Who a token speaks for: a text of ours, whose session exists, is not over and was not revoked. Asked at every call. */
import type { Clock } from '../ports/clock.ts';
import type { SeenSession, Session, SessionCache, SessionStore } from '../ports/session-store.ts';
import type { SessionClaims, TokenReader } from '../ports/session-tokens.ts';
import type { Caller, SessionVerifier } from '../ports/session-verifier.ts';

export interface VerifySessionDeps {
  readonly tokens: TokenReader;
  readonly sessionStore: SessionStore;
  /** Functions without a cache ask the store each time. */
  readonly sessionCache?: SessionCache | undefined;
  readonly clock: Clock;
}

/** A verifier by how it identifies. */
export const verifierBy = (identify: SessionVerifier['identify']): SessionVerifier => ({
  identify,
  async verify(token) {
    const caller = await identify(token);
    if (caller === undefined || !(await caller.confirm())) return undefined;
    const { tenant, owner, session } = caller;
    return session === undefined ? { tenant, owner } : { tenant, owner, session };
  },
});

const belongsTo = (session: Session, { tenant, owner }: SessionClaims): boolean =>
  session.tenant === tenant && session.owner === owner;

export const createSessionVerifier = (deps: VerifySessionDeps): SessionVerifier => {
  const { tokens, sessionStore, sessionCache, clock } = deps;

  const seenInStore = async (claims: SessionClaims): Promise<SeenSession> => {
    const { foreignUntil } = claims.session;
    const session = await sessionStore.find(claims.session);
    if (session === undefined && foreignUntil !== undefined) {
      await sessionCache?.fill(claims, foreignUntil);
      return { expiresAt: foreignUntil };
    }
    if (session === undefined || !belongsTo(session, claims)) return 'missing';
    if (session.revokedAt === undefined) await sessionCache?.fill(claims, session.expiresAt);
    else await sessionCache?.revoke(claims);
    return session.revokedAt === undefined ? session : 'revoked';
  };

  const confirm = async (claims: SessionClaims, copy?: SeenSession): Promise<boolean> => {
    const known = copy ?? (await sessionCache?.find(claims)) ?? 'missing';
    const seen = known === 'missing' ? await seenInStore(claims) : known;
    return typeof seen === 'object' && clock.now() < seen.expiresAt;
  };

  return verifierBy(async (token) => {
    const claims = await tokens.read(token);
    if (claims === undefined) return undefined;
    const { tenant, owner, session } = claims;
    return { tenant, owner, session, confirm: (copy) => confirm(claims, copy) } satisfies Caller;
  });
};

/** The first of several verifiers that knows the token. */
export const firstOf = (...verifiers: readonly SessionVerifier[]): SessionVerifier =>
  verifierBy(async (token) => {
    for (const { identify } of verifiers) {
      const caller = await identify(token);
      if (caller !== undefined) return caller;
    }
    return undefined;
  });
