/** Sessions: the record behind every token, asked at each call, so that a revoked token is worth nothing at once. */

/** By issuer and id, never by the text of a token: the same token can be spelled in more than one way. */
export interface SessionRef {
  readonly issuer: string;
  readonly id: string;
  /**
   * Of a token that an issuer outside made: until when it holds, in milliseconds since the epoch. Such a session has no
   * record until it is revoked.
   */
  readonly foreignUntil?: number | undefined;
}

export interface Session extends SessionRef {
  readonly tenant: string;
  readonly owner: string;
  readonly createdAt: number;
  /** Milliseconds since the epoch; not valid from then on. */
  readonly expiresAt: number;
  readonly revokedAt?: number | undefined;
}

/** A session and for whom it speaks, as a genuine token says it. */
export interface SessionHolder {
  readonly tenant: string;
  readonly owner: string;
  readonly session: SessionRef;
}

/** What a copy says of a session: nothing, that it was revoked, or until when it holds. */
export type SeenSession = 'missing' | 'revoked' | { readonly expiresAt: number };

/** The truth. Errors of all methods: RetryableError `store_unavailable`. */
export interface SessionStore {
  /** Keeps a new session; an id that was used before is an error, never a second session. */
  create(session: Session): Promise<void>;
  /** A consistent read. */
  find(ref: SessionRef): Promise<Session | undefined>;
  /** Durable when it resolves; idempotent, and nothing for a session that is not there. */
  revoke(ref: SessionRef, at: number): Promise<void>;
  /** Keeps a session as revoked that was never kept before. Durable when it resolves; idempotent. */
  deny(session: Session, at: number): Promise<void>;
}

/** Short-lived copies. No method throws or takes longer than the adapter's named time-out. */
export interface SessionCache {
  /** A cache that does not answer has nothing: `missing`. */
  find(holder: SessionHolder): Promise<SeenSession>;
  /** Keeps what was just read from the store for a moment; never takes the place of what is there. */
  fill(holder: SessionHolder, expiresAt: number): Promise<void>;
  /** From `kept` on the session is known as revoked, whatever was kept before. */
  revoke(holder: SessionHolder): Promise<'kept' | 'unavailable'>;
}
