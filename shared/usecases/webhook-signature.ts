/** Standard Webhooks (standardwebhooks.com, 1.0): how a secret is spelled, and which headers a request carries. */
import { createHmac } from 'node:crypto';
import { signingSecrets, type Webhook } from '../domain/webhook.ts';
import type { WebhookSecrets } from '../ports/webhook-secrets.ts';

/** As a receiver's library takes it. */
export const spelledSecret = (secret: Uint8Array): string =>
  `whsec_${Buffer.from(secret).toString('base64')}`;

export interface Signed {
  /** Contains no full stop: it would make what is signed ambiguous. */
  readonly id: string;
  /** Of this request, so that a recorded one is worth nothing later. */
  readonly at: number;
  readonly payload: string;
}

/** One signature for each secret that counts now, so that a receiver may change over when it likes. */
export const createSignedHeaders =
  ({ secrets }: { readonly secrets: WebhookSecrets }) =>
  async (
    webhook: Webhook,
    { id, at, payload }: Signed,
  ): Promise<Readonly<Record<string, string>>> => {
    const timestamp = String(Math.floor(at / 1000));
    const content = `${id}.${timestamp}.${payload}`;
    const { tenant, id: webhookId } = webhook;
    const signatures: string[] = [];
    for (const { keyId, version } of signingSecrets(webhook, at)) {
      const secret = await secrets.derive({ tenant, webhookId, keyId, version });
      signatures.push(`v1,${createHmac('sha256', secret).update(content).digest('base64')}`);
    }
    return {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatures.join(' '),
    };
  };
