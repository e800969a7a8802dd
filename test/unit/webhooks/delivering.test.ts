/** From the end of an upload to a signed request. */
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, vi } from 'vitest';
import { webhookPayload } from '../../../shared/contracts/webhooks.ts';
import type { WebhookCall } from '../../../shared/ports/webhook-caller.ts';
import { webhookMessageFor } from '../../../shared/usecases/notify-webhooks.ts';
import { MINUTE } from '../../support/factories.ts';
import { createWebhookWorld, NOTIFICATION } from '../../support/webhook-world.ts';

const HOUR = 60 * MINUTE;

/** What a receiver's library makes of a request at the moment it was sent; it throws for one that is not genuine. */
const verified = (secret: string, { body, headers }: WebhookCall): unknown => {
  vi.useFakeTimers({ toFake: ['Date'], now: Number(headers['webhook-timestamp']) * 1000 });
  try {
    return new Webhook(secret).verify(body, { ...headers });
  } finally {
    vi.useRealTimers();
  }
};

describe('the end of an upload', () => {
  it('is told to every webhook of its tenant that wants to know, and to no other', async () => {
    const world = createWebhookWorld();
    const [all, failures] = [await world.hook(), await world.hook()];
    await world.manage.change(failures, { events: ['upload.failed'] });
    const off = await world.hook();
    await world.manage.change(off, { enabled: false });
    await world.hook('other');

    await world.announce();

    expect(world.calls()).toHaveLength(1);
    expect(world.deliveries.all()).toMatchObject([{ webhookId: all.id, state: 'delivered' }]);
  });

  it('is a request that an independent verifier of Standard Webhooks accepts', async () => {
    const world = createWebhookWorld();
    const { secret } = await world.hook();

    await world.announce();

    const [call] = world.calls();
    expect(webhookPayload.parse(verified(secret, call!))).toMatchObject({
      type: 'upload.completed',
      data: { id: 'upl_1', user: 'ann', href: '/uploads/upl_1' },
    });
    expect(call?.headers['webhook-id']).toMatch(/^msg_\w+$/);
    expect(() => verified(secret, { ...call!, body: `${call?.body} ` })).toThrow();
    const later = { ...call!.headers, 'webhook-timestamp': '1900000000' };
    expect(() => verified(secret, { ...call!, headers: later })).toThrow();
  });

  it('is signed with both secrets while a rotation lasts, and with the new one alone after it', async () => {
    const world = createWebhookWorld();
    const { secret: old, ...hook } = await world.hook();
    const { secret: fresh } = await world.manage.rotate(hook, 3600);

    await world.announce();
    world.clock.tick(2 * HOUR);
    await world.announce({ uploadId: 'upl_2' });

    const [during, after] = world.calls();
    expect(fresh).not.toBe(old);
    for (const secret of [old, fresh]) expect(() => verified(secret, during!)).not.toThrow();
    expect(() => verified(fresh, after!)).not.toThrow();
    expect(() => verified(old, after!)).toThrow();
  });

  it('is signed with the old secret still when the answer to its rotation got lost and another wrote meanwhile', async () => {
    let isMistaken = true;
    const world = createWebhookWorld({
      webhooks: (webhooks) => ({
        async put(next) {
          const answer = await webhooks.put(next);
          if (next.secret.version === 1 || !isMistaken) return answer;
          isMistaken = false;
          await webhooks.put({ ...next, rev: next.rev + 1, emptyAt: 1 });
          return { kind: 'lost', current: await webhooks.find(next) };
        },
      }),
    });
    const { secret: old, ...hook } = await world.hook();
    const { secret: fresh } = await world.manage.rotate(hook, 3600);

    await world.announce();

    const [call] = world.calls();
    for (const secret of [old, fresh]) expect(() => verified(secret, call!)).not.toThrow();
  });

  it('is one delivery for each webhook, however often it is announced', async () => {
    const world = createWebhookWorld();
    await world.hook();
    await world.hook();

    await Promise.all([world.announce(), world.announce(), world.announce()]);
    await world.announce();

    expect(world.deliveries.all()).toHaveLength(2);
    expect(new Set(world.calls().map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    await world.notify(NOTIFICATION, world.meta);
    expect(world.memoryQueue.messages('webhooks')).toEqual([]);
  });

  it('of a group is told as well, with how its members ended', async () => {
    const world = createWebhookWorld();
    await world.hook();

    await world.announce({
      v: 1,
      kind: 'group.ended',
      id: 'grp_1',
      groupId: 'grp_1',
      tenant: 'acme',
      owner: 'ann',
      count: 3,
      states: { completed: 2, gone: 1 },
      endedAt: '2026-01-01T00:00:00.000Z',
    });

    expect(webhookPayload.parse(JSON.parse(world.calls()[0]!.body))).toMatchObject({
      type: 'group.ended',
      data: {
        id: 'grp_1',
        count: 3,
        states: { completed: 2, gone: 1 },
        href: '/upload-groups/grp_1',
      },
    });
  });

  it('costs nothing where nobody wants to know', async () => {
    const world = createWebhookWorld();

    await world.announce();

    expect(world.deliveries.all()).toEqual([]);
    expect(world.calls()).toEqual([]);
    expect(world.deps.logger.text()).not.toContain('webhooks told');
    await world.hook();
    await world.announce();
    expect(world.deps.logger.text()).toContain('webhooks told');
  });
});

describe('a message to a webhook', () => {
  it('of a turn that is done changes nothing', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();
    world.caller.answerWith(() => ({ status: 500, failure: 'endpoint_error' }));
    await world.announce();
    const id = world.deliveries.all()[0]!.id;
    const message = {
      v: 1,
      kind: 'webhook',
      tenant: 'acme',
      webhookId: hook.id,
      deliveryId: id,
    } as const;

    for (const turn of [0, 0, 7]) await world.deliver({ ...message, turn }, world.meta);

    expect(world.calls()).toHaveLength(1);
  });

  it('of a delivery that has come to its end asks for no look of the sweep', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();
    await world.announce();
    const [delivery] = world.deliveries.all();
    const webhook = await world.webhooks.find(hook);

    await world.deliver(webhookMessageFor(delivery!), world.meta);

    expect(delivery?.state).toBe('delivered');
    expect(await world.webhooks.find(hook)).toEqual(webhook);
  });

  it('C1: that is worked twice at once says nothing of the health of a webhook that answered', async () => {
    let isFirst = true;
    const world = createWebhookWorld({
      caller: ({ call }) => ({
        async call(request) {
          const isSlow = isFirst;
          isFirst = false;
          // The other one is taken and recorded meanwhile.
          if (isSlow)
            await world.deliver(webhookMessageFor(world.deliveries.all()[0]!), world.meta);
          return isSlow ? { durationMs: 5_000, failure: 'endpoint_slow' } : call(request);
        },
      }),
    });
    const hook = await world.hook();

    await world.announce();

    expect(world.deliveries.all()).toMatchObject([{ state: 'delivered' }]);
    expect(await world.webhooks.find(hook)).not.toHaveProperty('failing');
  });

  it('B4: that finds another writer at work is delivered again, and decides anew', async () => {
    let races = 0;
    const world = createWebhookWorld({
      deliveries: ({ put }) => ({
        async put(next) {
          races -= 1;
          return races === 0 ? { kind: 'lost', current: next } : put(next);
        },
      }),
    });
    const hook = await world.hook();
    await world.notify(NOTIFICATION, world.meta);
    await world.manage.change(hook, { enabled: false });
    const message = webhookMessageFor(world.deliveries.all()[0]!);
    races = 1;

    await expect(world.deliver(message, world.meta)).rejects.toMatchObject({ code: 'lost_race' });
    await world.deliver(message, world.meta);

    expect(world.deliveries.all()).toMatchObject([{ state: 'pending', dueAt: world.clock.now() }]);
  });

  it('that names another tenant than its delivery is worth nothing', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();
    await world.notify(NOTIFICATION, world.meta);
    const id = world.deliveries.all()[0]!.id;

    const foreign = { v: 1, kind: 'webhook', tenant: 'other', webhookId: hook.id } as const;
    const before = world.deliveries.all();
    await world.deliver({ ...foreign, deliveryId: id, turn: 0 }, world.meta);

    expect(world.calls()).toEqual([]);
    expect(world.deliveries.all()).toEqual(before);
  });
});
