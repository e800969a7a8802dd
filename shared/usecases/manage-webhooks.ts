/** A tenant's own webhooks: made, shown, changed, given a new secret, removed. Another tenant's are as if they were not there. */
import type { ShownWebhook } from '../contracts/webhooks.ts';
import { RequestError } from '../domain/errors.ts';
import {
  changed,
  MAX_WEBHOOKS_PER_TENANT,
  rotated,
  type Webhook,
  type WebhookChanges,
  type WebhookEvent,
} from '../domain/webhook.ts';
import type { WebhookCaller } from '../ports/webhook-caller.ts';
import type { WebhookSecrets } from '../ports/webhook-secrets.ts';
import type { WebhookRef } from '../ports/webhook-store.ts';
import { shownWebhookOf } from './shown-webhook.ts';
import { type UpdateWebhookDeps, updateWebhook } from './update-webhook.ts';
import { spelledSecret } from './webhook-signature.ts';

export interface ManageWebhooksDeps extends UpdateWebhookDeps {
  readonly caller: Pick<WebhookCaller, 'refusalOf'>;
  readonly secrets: WebhookSecrets;
}

interface WithSecret {
  readonly webhook: ShownWebhook;
  /** The only time anybody sees it. */
  readonly secret: string;
}

/** Errors of all methods: RequestError `not_found` for a webhook that is not the tenant's. */
export interface ManageWebhooks {
  /** @throws RequestError `invalid_request` for an address that may not be called; `conflict` when there are too many. */
  create(
    tenant: string,
    terms: { readonly url: string; readonly events: readonly WebhookEvent[] },
  ): Promise<WithSecret>;
  list(tenant: string): Promise<readonly ShownWebhook[]>;
  find(ref: WebhookRef): Promise<ShownWebhook>;
  change(ref: WebhookRef, changes: WebhookChanges): Promise<ShownWebhook>;
  /** The old secret signs too for `keepOldSeconds`. */
  rotate(ref: WebhookRef, keepOldSeconds: number): Promise<WithSecret>;
  remove(ref: WebhookRef): Promise<void>;
}

const there = (webhook: Webhook | undefined): Webhook => {
  if (webhook === undefined) throw new RequestError('not_found');
  return webhook;
};

export const createManageWebhooks = (deps: ManageWebhooksDeps): ManageWebhooks => {
  const { webhooks, caller, secrets, clock } = deps;

  const shown = (webhook: Webhook): ShownWebhook => shownWebhookOf(webhook, clock.now());

  const withSecret = async (webhook: Webhook): Promise<WithSecret> => {
    const { tenant, id: webhookId, secret } = webhook;
    const bytes = await secrets.derive({ tenant, webhookId, ...secret });
    return { webhook: shown(webhook), secret: spelledSecret(bytes) };
  };

  return {
    async create(tenant, { url, events }) {
      const refusal = await caller.refusalOf(url);
      if (refusal !== undefined) {
        throw new RequestError('invalid_request', { detail: `url: ${refusal}` });
      }
      const secret = { keyId: await secrets.newestKeyId(), version: 1 };
      const created = await webhooks.create({
        tenant,
        url,
        events,
        createdAt: clock.now(),
        secret,
      });
      if (created === undefined) {
        throw new RequestError('conflict', {
          detail: `A tenant has at most ${MAX_WEBHOOKS_PER_TENANT} webhooks: remove one first.`,
        });
      }
      return withSecret(created);
    },
    list: async (tenant) => (await webhooks.list(tenant)).map(shown),
    find: async (ref) => shown(there(await webhooks.find(ref))),
    change: async (ref, changes) =>
      shown(
        there(await updateWebhook(deps, ref, (webhook) => changed(webhook, changes, clock.now()))),
      ),
    async rotate(ref, keepOldSeconds) {
      const terms = { keyId: await secrets.newestKeyId(), keepMs: keepOldSeconds * 1000 };
      let oldVersion: number | undefined;
      const standing = await updateWebhook(deps, ref, (webhook) => {
        oldVersion ??= webhook.secret.version;
        // Once: a second turn would take the secret away that its receiver still has.
        return webhook.secret.version > oldVersion
          ? undefined
          : rotated(webhook, terms, clock.now());
      });
      return withSecret(there(standing));
    },
    async remove(ref) {
      there(await webhooks.find(ref));
      await webhooks.remove(ref);
    },
  };
};
