/** Lets exactly one development token in. The front door brings real sessions behind the same port. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { SessionVerifier } from '../ports/session-verifier.ts';

export interface StaticSessionOptions {
  /** Lower-case hexadecimal SHA-256 of the token; empty lets nobody in. */
  readonly tokenSha256: string;
}

const DEVELOPMENT = { tenant: 'dev', owner: 'dev' } as const;
const SHA256_BYTES = 32;

/** Compares digests in constant time, so that neither length nor content of a guess can be timed. */
export const createStaticSessionVerifier = ({
  tokenSha256,
}: StaticSessionOptions): SessionVerifier => {
  const expected = Buffer.from(tokenSha256, 'hex');
  const isIt = (token: string): boolean => {
    if (expected.length !== SHA256_BYTES) return false;
    return timingSafeEqual(hash('sha256', token, 'buffer'), expected);
  };
  return {
    async identify(token) {
      return isIt(token) ? { ...DEVELOPMENT, confirm: async () => true } : undefined;
    },
    async verify(token) {
      return isIt(token) ? DEVELOPMENT : undefined;
    },
  };
};
