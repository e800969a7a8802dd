/** API keys of tenants. Only the hash of a key is ever kept. */

export interface ApiKey {
  readonly tenant: string;
  readonly keyId: string;
  /** Lower-case hexadecimal SHA-256 of the key's secret, which has 256 random bits: no salt or slow hash is needed. */
  readonly secretSha256: string;
  readonly createdAt: number;
}

/** Errors of all methods: RetryableError `store_unavailable`. */
export interface ApiKeyStore {
  /** A consistent read. */
  find(tenant: string, keyId: string): Promise<ApiKey | undefined>;
  keep(key: ApiKey): Promise<void>;
  /** Of one tenant, in the order of ids. */
  list(tenant: string): Promise<readonly ApiKey[]>;
  /** Idempotent. Sessions that were started with it live on until they end or are revoked. */
  forget(tenant: string, keyId: string): Promise<void>;
}
