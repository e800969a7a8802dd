/** The secrets of webhooks: derived when they are needed and kept nowhere. */
import type { SecretRef } from '../domain/webhook.ts';

export interface SecretOf extends SecretRef {
  readonly tenant: string;
  readonly webhookId: string;
}

export interface WebhookSecrets {
  /** The key that new secrets are derived from. @throws Error when the deployment has none. */
  newestKeyId(): Promise<string>;
  /** 32 bytes, the same for ever for the same key, tenant, webhook and version. @throws Error for a key the deployment does not have. */
  derive(secret: SecretOf): Promise<Uint8Array>;
}
