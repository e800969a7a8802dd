/** Answers `DELETE /sessions/current`: from now on the session's token is worth nothing, in whatever spelling. */
import { RequestError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { SessionCache, SessionStore } from '../ports/session-store.ts';
import type { Principal } from '../ports/session-verifier.ts';

export interface EndSessionDeps {
  readonly sessionStore: SessionStore;
  readonly sessionCache: SessionCache;
  readonly clock: Clock;
}

export type EndSession = (principal: Principal) => Promise<void>;

/** A copy that could not be told counts until its own short end; a Redis that only stumbled is there again by then. */
const TELLINGS = 3;
const PAUSE_MS = 200;

/**
 * Durable first, then the copies. Copies that cannot be told are forgotten within their own short time to live.
 * @throws RequestError `not_found` for a caller whose token has no session behind it.
 */
export const createEndSession =
  ({ sessionStore, sessionCache, clock }: EndSessionDeps): EndSession =>
  async ({ tenant, owner, session }) => {
    if (session === undefined) throw new RequestError('not_found');
    const { issuer, id, foreignUntil: expiresAt } = session;
    const at = clock.now();
    if (expiresAt === undefined) await sessionStore.revoke(session, at);
    else await sessionStore.deny({ issuer, id, tenant, owner, createdAt: at, expiresAt }, at);
    for (let telling = 1; telling <= TELLINGS; telling += 1) {
      if ((await sessionCache.revoke({ tenant, owner, session })) === 'kept') return;
      if (telling < TELLINGS) await clock.sleep(PAUSE_MS);
    }
  };
