/** Sessions over memory stores: two keys the deployment trusts, one it does not, and a route that says who asks. */
import { generateKeyPairSync } from 'node:crypto';
import { createMemoryClock } from '../../shared/adapters/memory/memory-clock.ts';
import { createMemoryLogger } from '../../shared/adapters/memory/memory-logger.ts';
import {
  createMemoryApiKeyStore,
  createMemorySessionCache,
  createMemorySessionStore,
} from '../../shared/adapters/memory/memory-sessions.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import {
  createTokenReader,
  createTokenSigner,
} from '../../shared/adapters/sessions/session-token.ts';
import { publicKeys, signingKey } from '../../shared/contracts/session.ts';
import { createHttpHandler } from '../../shared/lambda/http.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { SessionStore } from '../../shared/ports/session-store.ts';
import type { TokenReader } from '../../shared/ports/session-tokens.ts';
import { createMakeApiKey } from '../../shared/usecases/api-keys.ts';
import { createEndSession } from '../../shared/usecases/end-session.ts';
import { createAuthorize, createStartSession } from '../../shared/usecases/start-session.ts';
import { createSessionVerifier } from '../../shared/usecases/verify-session.ts';
import { httpEvent, invocation } from './envelopes.ts';

export const ISSUER = 'urn:sluice:test';

export const keyPair = (kid: string) => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    kid,
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid },
    privateKey,
    signing: signingKey.parse({ ...privateKey.export({ format: 'jwk' }), kid }),
  };
};

const OLD = keyPair('2025');
const NEW = keyPair('2026');
export const KEYS = { old: OLD, new: NEW, foreign: keyPair('2026') } as const;

export interface SessionWorldOptions {
  readonly anonymousTenant?: string;
  readonly store?: (store: SessionStore) => Partial<SessionStore>;
  readonly withoutCache?: boolean;
  /** By default those of our own tokens. */
  readonly tokens?: (clock: Clock) => TokenReader;
}

export const createSessionWorld = (options: SessionWorldOptions = {}) => {
  const clock = createMemoryClock();
  const memory = createMemorySessionStore();
  const sessionStore = { ...memory, ...options.store?.(memory) };
  const sessionCache = createMemorySessionCache();
  const keys = createMemoryApiKeyStore();
  const terms = { issuer: ISSUER, clock };
  const trusted = publicKeys.parse({ keys: [OLD.publicJwk, NEW.publicJwk] });
  const deps = {
    clock,
    keys,
    sessionStore,
    sessionCache: options.withoutCache === true ? undefined : sessionCache,
    tokens: options.tokens?.(clock) ?? createTokenReader(trusted, terms),
    signer: createTokenSigner(async () => NEW.signing, terms),
    random: createSeededRandom(3),
    logger: createMemoryLogger(),
    anonymousTenant: options.anonymousTenant ?? '',
  };
  const sessions = createSessionVerifier(deps);
  const whoAmI = createHttpHandler({ ...deps, sessions }, async ({ principal }) => ({
    status: 200,
    body: principal,
  }));
  const authorize = createAuthorize(deps);
  const startSession = createStartSession(deps);
  return {
    ...deps,
    sessionCache,
    terms,
    sessions,
    authorize,
    startSession,
    makeApiKey: createMakeApiKey(deps),
    endSession: createEndSession({ ...deps, sessionCache }),
    /** The status and body of a request with this token. */
    async ask(token: string) {
      const headers = { authorization: `Bearer ${token}` };
      const { statusCode, body } = await whoAmI(httpEvent({ headers }), invocation());
      return { status: statusCode, body: JSON.parse(body ?? 'null') };
    },
  };
};
