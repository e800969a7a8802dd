/** Whose API key it is. What is said with one is said by the tenant itself, not by one of its users. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { RequestError } from '../domain/errors.ts';
import type { ApiKeyStore } from '../ports/api-key-store.ts';
import { parseApiKey } from './api-keys.ts';

/** @returns the tenant. @throws RequestError `unauthenticated`, the same for every reason. */
export type AuthorizeTenant = (apiKey: string | undefined) => Promise<string>;

const NOBODY = '0'.repeat(64);

/** Compares a digest also when there is no such key, so that a guess takes as long as a hit. */
const isSecret = (secret: string, sha256: string | undefined): boolean => {
  const offered = createHash('sha256').update(secret).digest();
  return timingSafeEqual(offered, Buffer.from(sha256 ?? NOBODY, 'hex')) && sha256 !== undefined;
};

export const createAuthorizeTenant =
  ({ keys }: { readonly keys: Pick<ApiKeyStore, 'find'> }): AuthorizeTenant =>
  async (apiKey) => {
    const parsed = apiKey === undefined ? undefined : parseApiKey(apiKey);
    const known = parsed && (await keys.find(parsed.tenant, parsed.keyId));
    if (parsed === undefined || !isSecret(parsed.secret, known?.secretSha256)) {
      throw new RequestError('unauthenticated');
    }
    return parsed.tenant;
  };
