/** Who is asking. Tenant and owner of everything come from here and from nowhere else. */
export interface Principal {
  readonly tenant: string;
  readonly owner: string;
}

export interface SessionVerifier {
  /** The principal of a bearer token; undefined for every token that is not valid now. */
  verify(token: string): Promise<Principal | undefined>;
}
