/**
 * Remembers which tokens were genuine, so that a poll checks a signature once and not each second. What is remembered
 * never changes for a text: whether its session still holds is asked at every call all the same.
 */
import { hash } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import type { SessionClaims, TokenReader } from '../../ports/session-tokens.ts';

export interface RememberedTokensOptions {
  readonly tokens: TokenReader;
  readonly clock: Clock;
}

/** A sandbox serves one request at a time; a laptop some dozens of users. An entry is a few hundred bytes. */
const MOST_TOKENS = 1_000;
/** How long a key that is trusted no more can count where its keys are fetched anew (docs/sessions.md). */
const REMEMBERED_MS = 5 * 60_000;

interface Remembered {
  readonly claims: SessionClaims;
  readonly until: number;
}

export const createRememberedTokens = ({ tokens, clock }: RememberedTokensOptions): TokenReader => {
  // By digest: no token stays in memory longer than its request.
  const known = new Map<string, Remembered>();

  const remember = (digest: string, claims: SessionClaims): void => {
    const until = Math.min(claims.expiresAt, clock.now() + REMEMBERED_MS);
    known.set(digest, { claims, until });
    const [oldest] = known.keys();
    if (known.size > MOST_TOKENS && oldest !== undefined) known.delete(oldest);
  };

  return {
    async read(token) {
      const digest = hash('sha256', token, 'base64');
      const remembered = known.get(digest);
      if (remembered !== undefined && clock.now() < remembered.until) return remembered.claims;
      known.delete(digest);
      const claims = await tokens.read(token);
      if (claims !== undefined) remember(digest, claims);
      return claims;
    },
  };
};
