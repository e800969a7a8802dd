/** Answers `POST /sessions`: a session for a user whom a tenant's API key names, or for nobody in particular where that is allowed. */
import { RequestError } from '../domain/errors.ts';
import type { ApiKeyStore } from '../ports/api-key-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { SessionStore } from '../ports/session-store.ts';
import type { TokenSigner } from '../ports/session-tokens.ts';
import { createAuthorizeTenant } from './authorize-tenant.ts';

export interface StartSessionDeps {
  readonly keys: ApiKeyStore;
  readonly sessionStore: SessionStore;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly random: Random;
  /** The tenant of sessions without an API key; empty when there are none. */
  readonly anonymousTenant: string;
}

export interface StartedSession {
  readonly token: string;
  readonly tenant: string;
  readonly user: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** @returns the tenant of the key. @throws RequestError `unauthenticated`, the same for every reason. */
export type Authorize = (apiKey: string | undefined) => Promise<string | undefined>;

/** The tenant's own backend asks again when it is over. */
const NAMED_SECONDS = 12 * 60 * 60;
/** Nobody can name an anonymous user a second time, so this is also how long they can come back to their uploads. */
const ANONYMOUS_SECONDS = 7 * 24 * 60 * 60;

/** The tenant whose key it is; undefined for a caller without one, where that is allowed. */
export const createAuthorize = ({ keys, anonymousTenant }: StartSessionDeps): Authorize => {
  const authorizeTenant = createAuthorizeTenant({ keys });
  return async (apiKey) =>
    apiKey === undefined && anonymousTenant !== '' ? undefined : authorizeTenant(apiKey);
};

export type StartSession = (
  tenant: string | undefined,
  user: string | undefined,
) => Promise<StartedSession>;

/**
 * The record is durable before the token is given away.
 * @throws RequestError `invalid_request` when a key names no user, or a caller without a key names one.
 */
export const createStartSession =
  ({ sessionStore, signer, clock, random, anonymousTenant }: StartSessionDeps): StartSession =>
  async (tenant, user) => {
    if (tenant === undefined && user !== undefined) {
      throw new RequestError('invalid_request', {
        detail: 'user: only an API key can speak for a named user.',
      });
    }
    if (tenant !== undefined && user === undefined) {
      throw new RequestError('invalid_request', { detail: 'user: name the user of the session.' });
    }
    const createdAt = clock.now();
    const seconds = tenant === undefined ? ANONYMOUS_SECONDS : NAMED_SECONDS;
    const session = {
      issuer: signer.issuer,
      id: `ses_${random.id()}`,
      tenant: tenant ?? anonymousTenant,
      owner: user ?? `anonymous-${random.id()}`,
      createdAt,
      expiresAt: createdAt + seconds * 1000,
    };
    const token = await signer.sign(session);
    await sessionStore.create(session);
    const expiresAt = new Date(session.expiresAt).toISOString();
    return { token, tenant: session.tenant, user: session.owner, expiresAt };
  };
