/** Secrets of webhooks by HKDF (RFC 5869): 32 bytes of a key of the deployment for each webhook and version. */
import { hkdfSync } from 'node:crypto';
import { type WebhookKeys, webhookKeys } from '../../contracts/webhook-keys.ts';
import type { SecretOf, WebhookSecrets } from '../../ports/webhook-secrets.ts';
import { readParameter } from '../parameter.ts';

const SECRET_BYTES = 32;

/**
 * @param source `ssm:/path/of/a/parameter`, or the keys as text.
 * @throws Error that says what is wrong with the keys, and nothing of what is in them.
 */
export const loadWebhookKeys = async (source: string): Promise<WebhookKeys> => {
  const { text, name } = await readParameter(source);
  try {
    return webhookKeys.parse(JSON.parse(text));
  } catch {
    const where = name ?? 'WEBHOOK_KEYS';
    throw new Error(`${where} holds no symmetric keys with a "kid", as a JWKS: set one.`);
  }
};

/** Every part with its length before it, so that no two secrets are made of the same text. */
const labelOf = ({ tenant, webhookId, version }: SecretOf): string =>
  ['sluice webhook', tenant, webhookId, String(version)]
    .map((part) => `${part.length}:${part}`)
    .join('');

/** Asks `load` once, when the first secret is needed; a failure is not kept. */
export const createDerivedSecrets = (load: () => Promise<WebhookKeys>): WebhookSecrets => {
  let loading: Promise<WebhookKeys> | undefined;
  const keys = async (): Promise<WebhookKeys['keys']> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return (await loading).keys;
  };
  return {
    async newestKeyId() {
      return (await keys())[0]?.kid ?? '';
    },
    async derive(secret) {
      const key = (await keys()).find(({ kid }) => kid === secret.keyId);
      if (key === undefined) throw new Error(`There is no webhook key ${secret.keyId} any more.`);
      const master = Buffer.from(key.k, 'base64url');
      return new Uint8Array(hkdfSync('sha256', master, '', labelOf(secret), SECRET_BYTES));
    },
  };
};
