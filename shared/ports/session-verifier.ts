/** Who is asking. Tenant and owner of everything come from here and from nowhere else. */
import type { SessionRef } from './session-store.ts';

export interface Principal {
  readonly tenant: string;
  readonly owner: string;
  /** The session that said so; absent where there is none to revoke. */
  readonly session?: SessionRef | undefined;
}

export interface SessionVerifier {
  /** The principal of a bearer token; undefined for every token that is not valid now. */
  verify(token: string): Promise<Principal | undefined>;
}
