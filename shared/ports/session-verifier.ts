/** Who is asking. Tenant and owner of everything come from here and from nowhere else. */
import type { SeenSession, SessionRef } from './session-store.ts';

export interface Principal {
  readonly tenant: string;
  readonly owner: string;
  /** The session that said so; absent where there is none to revoke. */
  readonly session?: SessionRef | undefined;
}

/** Whom a genuine token names. Nothing may be answered to them before `confirm` has said yes. */
export interface Caller extends Principal {
  /** Does the session behind it hold now? `seen` is what a copy was just found to say; without it the copies are asked. */
  confirm(seen?: SeenSession): Promise<boolean>;
}

export interface SessionVerifier {
  /** Whom a bearer token names; undefined for every text that is no token of now. */
  identify(token: string): Promise<Caller | undefined>;
  /** The principal of a bearer token; undefined for every token that is not valid now. */
  verify(token: string): Promise<Principal | undefined>;
}
