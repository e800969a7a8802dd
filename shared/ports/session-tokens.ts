/** Tokens: how a session travels. A token proves only what a key of ours signed; the session store says if it still holds. */
import type { Session, SessionHolder } from './session-store.ts';

export interface SessionClaims extends SessionHolder {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokenReader {
  /** What a token claims, if a key of ours signed exactly this text and it is its time; undefined for every other text. */
  read(token: string): Promise<SessionClaims | undefined>;
}

export interface TokenSigner {
  /** Goes into every session whose token it signs. */
  readonly issuer: string;
  /** @throws Error when the deployment has no signing key. */
  sign(session: Session): Promise<string>;
}
