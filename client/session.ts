/** Whom a client speaks for. */

export interface Session {
  /** The bearer token; obtains one where there is none yet. */
  token(): Promise<string>;
  /**
   * The API does not know this token (any more). Of many requests that met the same end only the first throws it away:
   * a token that is not the current one changes nothing. `true` when the next `token` is another one than this.
   */
  forget(token: string): boolean;
}

/** A token that nothing can replace. */
export const fixedSession = (token: string): Session => ({
  token: async () => token,
  forget: () => false,
});
