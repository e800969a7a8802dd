/** API keys of tenants, for the operator: made once, shown once, kept only as a hash. */
import { createHash } from 'node:crypto';
import type { ApiKey, ApiKeyStore } from '../ports/api-key-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';

/** `slk.<tenant>.<key id>.<secret>`: it says where to look, and a scanner of leaked secrets can tell it. */
const API_KEY = /^slk\.([a-z0-9][a-z0-9-]{0,62})\.([0-9a-z]{26})\.([0-9a-z]{52})$/;

export interface ParsedApiKey {
  readonly tenant: string;
  readonly keyId: string;
  readonly secret: string;
}

/** Undefined for a text that cannot be a key. */
export const parseApiKey = (text: string): ParsedApiKey | undefined => {
  const [, tenant, keyId, secret] = API_KEY.exec(text) ?? [];
  return tenant === undefined || keyId === undefined || secret === undefined
    ? undefined
    : { tenant, keyId, secret };
};

export interface ApiKeysDeps {
  readonly keys: ApiKeyStore;
  readonly clock: Clock;
  readonly random: Random;
}

export interface MadeApiKey {
  readonly keyId: string;
  /** The only time anybody sees it. */
  readonly apiKey: string;
}

/** Two ids of 128 random bits each: 256 bits that nobody guesses, however fast the hash. */
export const createMakeApiKey =
  ({ keys, clock, random }: ApiKeysDeps) =>
  async (tenant: string): Promise<MadeApiKey> => {
    const keyId = random.id();
    const secret = `${random.id()}${random.id()}`;
    const secretSha256 = createHash('sha256').update(secret).digest('hex');
    await keys.keep({ tenant, keyId, secretSha256, createdAt: clock.now() });
    return { keyId, apiKey: `slk.${tenant}.${keyId}.${secret}` };
  };

/** What may be shown of a key. */
export const shownApiKey = ({ keyId, createdAt }: ApiKey) => ({
  keyId,
  createdAt: new Date(createdAt).toISOString(),
});
