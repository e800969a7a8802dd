/** What every store of webhooks and of their deliveries promises, whatever it is made of. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_WEBHOOKS_PER_TENANT, type Webhook } from '../../shared/domain/webhook.ts';
import { newDelivery, parked, type WebhookDelivery } from '../../shared/domain/webhook-delivery.ts';
import type { DeliveryStore, WebhookStore } from '../../shared/ports/webhook-store.ts';

export interface WebhookStores {
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  close(): Promise<void>;
}

const T0 = 1_795_000_000_000;

const terms = (tenant: string, createdAt = T0) =>
  ({
    tenant,
    url: 'https://hooks.example.org/größe?a=1',
    events: ['upload.completed', 'upload.failed'],
    createdAt,
    secret: { keyId: '2026', version: 1 },
  }) as const;

const delivery = (webhookId: string, id: string): WebhookDelivery =>
  newDelivery(
    { webhookId, id, tenant: 'acme', event: 'upload.completed', payload: '{"größe":1}' },
    T0,
  );

const full: Partial<Webhook> = {
  previousSecret: { keyId: '2025', version: 1, until: T0 + 5 },
  disabled: { at: T0, reason: 'failing' },
  failing: { since: T0 - 5, last: 'endpoint_slow', lastAt: T0 },
};

export const describeWebhookStores = (name: string, open: () => Promise<WebhookStores>): void => {
  describe(`webhooks: ${name}`, () => {
    let stores: WebhookStores;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores?.close());

    const created = async (tenant: string, createdAt?: number): Promise<Webhook> => {
      const webhook = await stores.webhooks.create(terms(tenant, createdAt));
      if (webhook === undefined) throw new Error('There was no place.');
      return webhook;
    };

    it('gives back a webhook as it was kept', async () => {
      const tenant = randomUUID();
      const webhook = await created(tenant);

      expect(webhook).toEqual({ ...terms(tenant), id: webhook.id, rev: 1 });
      expect(await stores.webhooks.find(webhook)).toEqual(webhook);
      const next = { ...webhook, ...full, rev: 2, dueAt: T0 + 1, emptyAt: T0 };
      expect(await stores.webhooks.put(next)).toEqual({ kind: 'written' });
      expect(await stores.webhooks.find(webhook)).toEqual(next);
    });

    it('knows a webhook by its tenant and its whole id', async () => {
      const tenant = randomUUID();
      const webhook = await created(tenant);

      for (const ref of [
        { tenant: randomUUID(), id: webhook.id },
        { tenant, id: `${webhook.id.slice(0, -1)}0`.replace(/00$/, '01') },
        { tenant, id: webhook.id.replace('whk_0', 'whk_1') },
        { tenant, id: 'nonsense' },
      ]) {
        expect(await stores.webhooks.find(ref)).toBeUndefined();
      }
    });

    it('lists those of one tenant, oldest first', async () => {
      const tenant = randomUUID();
      const [second, first] = [await created(tenant, T0 + 1), await created(tenant, T0)];
      await created(randomUUID());

      expect(await stores.webhooks.list(tenant)).toEqual([first, second]);
    });

    it('has so many places and no more, however many requests come at once', async () => {
      const tenant = randomUUID();

      const all = await Promise.all(
        Array.from({ length: MAX_WEBHOOKS_PER_TENANT + 3 }, () =>
          stores.webhooks.create(terms(tenant)),
        ),
      );

      const made = all.filter((webhook) => webhook !== undefined);
      expect(made).toHaveLength(MAX_WEBHOOKS_PER_TENANT);
      expect(new Set(made.map(({ id }) => id)).size).toBe(MAX_WEBHOOKS_PER_TENANT);
      expect(await stores.webhooks.list(tenant)).toHaveLength(MAX_WEBHOOKS_PER_TENANT);
      expect(await stores.webhooks.create(terms(tenant))).toBeUndefined();
    });

    it('gives a place away again once it is free, and never to the old id', async () => {
      const tenant = randomUUID();
      const old = await created(tenant);
      await stores.webhooks.remove(old);
      await stores.webhooks.remove(old);
      const fresh = await created(tenant);

      expect(await stores.webhooks.find(old)).toBeUndefined();
      await stores.webhooks.remove(old);
      expect(await stores.webhooks.put({ ...old, rev: 2 })).toEqual({
        kind: 'lost',
        current: undefined,
      });
      expect(await stores.webhooks.find(fresh)).toEqual(fresh);
    });

    it('takes one of two writers', async () => {
      const webhook = await created(randomUUID());
      const one = { ...webhook, rev: 2, url: 'https://one.example.org/' };
      const other = { ...webhook, rev: 2, url: 'https://other.example.org/' };

      expect(await stores.webhooks.put(one)).toEqual({ kind: 'written' });
      expect(await stores.webhooks.put(other)).toEqual({ kind: 'lost', current: one });
    });

    it('finds what the sweep is to look at, the longest due first, and nothing else', async () => {
      const tenant = randomUUID();
      const [late, early, never, later] = [
        await created(tenant),
        await created(tenant),
        await created(tenant),
        await created(tenant),
      ];
      await stores.webhooks.put({ ...late, rev: 2, dueAt: 2_000 });
      await stores.webhooks.put({ ...early, rev: 2, dueAt: 1_000 });
      await stores.webhooks.put({ ...later, rev: 2, dueAt: 3_000 });

      const ids = async (now: number, limit: number) =>
        (await stores.webhooks.listDue(now, limit)).map(({ id }) => id);
      expect(await ids(2_000, 10)).toEqual([early.id, late.id]);
      expect(await ids(2_000, 1)).toEqual([early.id]);
      await stores.webhooks.put({ ...early, rev: 3, dueAt: undefined });
      await stores.webhooks.remove(later);
      expect(await ids(9_000, 10)).toEqual([late.id]);
      expect(never.dueAt).toBeUndefined();
      await stores.webhooks.remove(late);
    });
  });

  describe(`deliveries to webhooks: ${name}`, () => {
    let stores: WebhookStores;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores?.close());

    it('gives back a delivery as it was kept', async () => {
      const made = delivery(randomUUID(), 'msg_1');
      expect(await stores.deliveries.put(made)).toEqual({ kind: 'written' });
      expect(await stores.deliveries.find(made)).toEqual(made);
      const next: WebhookDelivery = {
        ...made,
        rev: 2,
        state: 'failed',
        turn: 3,
        tries: 2,
        attempts: [
          { turn: 0, at: T0, durationMs: 5, failure: 'endpoint_unreachable' },
          { turn: 3, at: T0 + 9, durationMs: 7, status: 500, failure: 'endpoint_error' },
        ],
        endedAt: T0 + 16,
        reason: 'retries_exhausted',
      };
      expect(await stores.deliveries.put(next)).toEqual({ kind: 'written' });
      expect(await stores.deliveries.find(made)).toEqual(next);
    });

    it('makes one of many that are made at once', async () => {
      const webhookId = randomUUID();
      const answers = await Promise.all(
        [1, 2, 3, 4, 5].map(() => stores.deliveries.put(delivery(webhookId, 'msg_1'))),
      );

      expect(answers.filter(({ kind }) => kind === 'written')).toHaveLength(1);
      expect(answers).toContainEqual({ kind: 'lost', current: delivery(webhookId, 'msg_1') });
    });

    it('takes one of two writers', async () => {
      const made = delivery(randomUUID(), 'msg_1');
      await stores.deliveries.put(made);
      const next = parked(made, T0);

      expect(await stores.deliveries.put(next)).toEqual({ kind: 'written' });
      expect(await stores.deliveries.put({ ...next, turn: 9 })).toEqual({
        kind: 'lost',
        current: next,
      });
      expect(await stores.deliveries.put({ ...delivery('nobody', 'msg_1'), rev: 2 })).toEqual({
        kind: 'lost',
        current: undefined,
      });
    });

    it('lists those of one webhook from the last id, page by page', async () => {
      const webhookId = randomUUID();
      for (const id of ['msg_2', 'msg_1', 'msg_3']) {
        await stores.deliveries.put(delivery(webhookId, id));
      }
      await stores.deliveries.put(delivery(randomUUID(), 'msg_4'));

      const first = await stores.deliveries.list(webhookId, { limit: 2 });
      const rest = await stores.deliveries.list(webhookId, { limit: 2, cursor: first.cursor });

      expect(first.deliveries.map(({ id }) => id)).toEqual(['msg_3', 'msg_2']);
      expect(first.cursor).toBe('msg_2');
      expect(rest.deliveries.map(({ id }) => id)).toEqual(['msg_1']);
      expect(rest.cursor).toBeUndefined();
    });

    it('finds what is due for one webhook, the longest due first', async () => {
      const webhookId = randomUUID();
      const made = ['msg_1', 'msg_2', 'msg_3'].map((id) => delivery(webhookId, id));
      for (const one of made) await stores.deliveries.put(one);
      await stores.deliveries.put(parked(made[0]!, T0 + 20));
      await stores.deliveries.put(parked(made[2]!, T0 + 10));

      const ids = async (now: number, limit = 10) =>
        (await stores.deliveries.listDue(webhookId, now, limit)).map(({ id }) => id);
      expect(await ids(T0 + 9)).toEqual([]);
      expect(await ids(T0 + 20)).toEqual(['msg_3', 'msg_1']);
      expect(await ids(T0 + 20, 1)).toEqual(['msg_3']);
      expect(await ids(Number.MAX_SAFE_INTEGER)).toEqual(['msg_3', 'msg_1']);
      expect(await stores.deliveries.listDue(randomUUID(), T0 + 20, 10)).toEqual([]);
    });
  });
};
