/** What becomes of a delivery whose message died in the queue of the webhooks. */
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import type { WebhookDelivery } from '../../../shared/domain/webhook-delivery.ts';
import { createDeferWebhook } from '../../../shared/usecases/defer-webhook.ts';
import { webhookMessageFor } from '../../../shared/usecases/notify-webhooks.ts';
import { MINUTE } from '../../support/factories.ts';
import { createWebhookWorld, NOTIFICATION } from '../../support/webhook-world.ts';

/** One delivery, whose first message is no longer in the queue. Its first request is answered by 500, the next one taken. */
const setup = async () => {
  let isDown = false;
  let isMute = true;
  const world = createWebhookWorld({
    webhooks: (webhooks) => ({
      put: async (webhook) => {
        if (isDown) throw new RetryableError('store_unavailable');
        return webhooks.put(webhook);
      },
    }),
    queue: (queue) => ({
      send: async (...sent) => (isMute ? undefined : queue.send(...sent)),
    }),
  });
  const hook = await world.hook();
  world.caller.answerWith(() =>
    world.calls().length > 1 ? { status: 200 } : { status: 500, failure: 'endpoint_error' },
  );
  await world.announce();
  isMute = false;
  const read = (): WebhookDelivery => world.deliveries.all()[0]!;
  return {
    ...world,
    hook,
    read,
    defer: createDeferWebhook(world.deps),
    /** While `work` lasts, nothing can be written of webhooks. */
    async whileDown(work: () => Promise<unknown>) {
      isDown = true;
      await work();
      isDown = false;
    },
  };
};

describe('a delivery whose message died', () => {
  it('B7: before its first request is sent by the sweep', async () => {
    const world = await setup();
    expect(world.read().attempts).toEqual([]);
    await world.pass(5 * MINUTE);
    expect(world.calls()).toEqual([]);

    await world.defer(webhookMessageFor(world.read()));
    await world.pass(5 * MINUTE);

    expect(world.read().state).toBe('delivered');
  });

  it('B7: is buried again when another writer was at its row', async () => {
    let isLost = false;
    const world = createWebhookWorld({
      deliveries: ({ put }) => ({
        put: async (next) => (isLost ? { kind: 'lost', current: next } : put(next)),
      }),
    });
    await world.hook();
    await world.notify(NOTIFICATION, world.meta);
    isLost = true;
    const [delivery] = world.deliveries.all();

    await expect(
      createDeferWebhook(world.deps)(webhookMessageFor(delivery!)),
    ).rejects.toMatchObject({ code: 'lost_race' });
  });

  it('B7: after its request, each time before the sweep could know of the next one, goes on', async () => {
    const world = await setup();
    const message = webhookMessageFor(world.read());
    await world.whileDown(() =>
      expect(world.deliver(message, world.meta)).rejects.toMatchObject({ retryable: true }),
    );
    expect(world.read()).toMatchObject({ state: 'pending', attempts: [{ status: 500 }] });
    await world.pass(5 * MINUTE);
    expect(world.calls()).toHaveLength(1);

    await world.defer(message);
    await world.pass(5 * MINUTE);

    expect(world.read().state).toBe('delivered');
    expect(world.calls()).toHaveLength(2);
  });

  it('B6: with its teller goes on once its webhook, which was turned off since, is on again', async () => {
    const world = await setup();
    await world.manage.change(world.hook, { enabled: false });

    await world.notify(NOTIFICATION, world.meta);
    await world.drain();
    await world.pass(5 * MINUTE);
    expect(world.calls()).toEqual([]);
    await world.manage.change(world.hook, { enabled: true });
    await world.pass(5 * MINUTE);

    expect(world.read().state).toBe('delivered');
  });

  it('B6: with its teller goes on though its webhook wants no such events any more', async () => {
    const world = await setup();
    await world.manage.change(world.hook, { events: ['upload.failed'] });

    await world.notify(NOTIFICATION, world.meta);
    await world.notify({ ...NOTIFICATION, uploadId: 'upl_2' }, world.meta);
    await world.drain();
    await world.pass(5 * MINUTE);

    expect(world.deliveries.all()).toHaveLength(1);
    expect(world.read().state).toBe('delivered');
  });

  it('stays as it is once it has come to its end, or is of another tenant', async () => {
    const world = await setup();
    await world.deliver(webhookMessageFor(world.read()), world.meta);
    await world.pass(5 * MINUTE);
    const delivery = world.read();
    expect(delivery.state).toBe('delivered');
    const webhook = await world.webhooks.find(world.hook);

    await world.defer(webhookMessageFor(delivery));
    await world.defer({ ...webhookMessageFor(delivery), tenant: 'globex' });

    expect(world.read()).toEqual(delivery);
    expect(await world.webhooks.find(world.hook)).toEqual(webhook);
  });
});
