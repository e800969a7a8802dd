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

/**
 * Durable first, then the cache. A cache that cannot be told forgets what it has within its own short time to live.
 * @throws RequestError `not_found` for a caller whose token has no session behind it.
 */
export const createEndSession =
  ({ sessionStore, sessionCache, clock }: EndSessionDeps): EndSession =>
  async ({ session }) => {
    if (session === undefined) throw new RequestError('not_found');
    await sessionStore.revoke(session, clock.now());
    await sessionCache.revoke(session);
  };
