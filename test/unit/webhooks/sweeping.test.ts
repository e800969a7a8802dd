/** The sweep of the webhooks beside another one, and over rows that others have changed since its index named them. */
import { describe, expect, it } from 'vitest';
import { createSweepWebhooks } from '../../../shared/usecases/sweep-webhooks.ts';
import { MINUTE } from '../../support/factories.ts';
import { createWebhookWorld } from '../../support/webhook-world.ts';

/** Three deliveries that wait for their second turn. */
const waiting = async (options: Parameters<typeof createWebhookWorld>[0] = {}) => {
  const world = createWebhookWorld(options);
  const hook = await world.hook();
  world.caller.answerWith(() => ({ status: 500, failure: 'endpoint_error' }));
  for (const uploadId of ['upl_1', 'upl_2', 'upl_3']) await world.announce({ uploadId });
  const first = world.calls().length;
  world.caller.answerWith(() => ({ status: 200 }));
  world.clock.tick(2 * MINUTE);
  return { ...world, webhook: hook, sentSince: () => world.calls().length - first };
};

describe('two sweeps of the webhooks', () => {
  it('C18: at one instant send each delivery once', async () => {
    const world = await waiting();

    const sent = await Promise.all([world.sweep(), world.sweep()]);
    await world.drain();
    for (let minute = 0; minute < 30; minute += 1) {
      world.clock.tick(MINUTE);
      await world.sweep();
      await world.drain();
    }

    expect(sent.toSorted()).toEqual(expect.arrayContaining([0]));
    expect(world.sentSince()).toBe(3);
    expect(world.deliveries.all().map(({ state }) => state)).toEqual(Array(3).fill('delivered'));
  });
});

describe('a sweep of the webhooks', () => {
  it('passes over what is not due any more, though the index still names it', async () => {
    const stale: { webhookId: string; id: string }[] = [];
    const world = await waiting({
      deliveries: ({ listDue }) => ({
        listDue: async (...asked) => (stale.length > 0 ? stale : listDue(...asked)),
      }),
    });
    await world.pass(3 * MINUTE);
    expect(world.sentSince()).toBe(3);
    // When it looks at this webhook for the last time.
    world.clock.tick(20 * MINUTE);
    expect(await world.webhooks.listDue(world.clock.now(), 10)).toHaveLength(1);
    stale.push(...world.deliveries.all().map(({ webhookId, id }) => ({ webhookId, id })), {
      webhookId: world.webhook.id,
      id: 'msg_unknown',
    });

    expect(await world.sweep()).toBe(0);
    await world.drain();

    expect(world.sentSince()).toBe(3);
  });

  it('sends nothing whose turn another one has begun', async () => {
    let isLost = false;
    const world = await waiting({
      deliveries: ({ put }) => ({
        put: async (next) => (isLost ? { kind: 'lost', current: next } : put(next)),
      }),
    });
    isLost = true;

    expect(await world.sweep()).toBe(0);
    expect(world.memoryQueue.messages('webhooks')).toEqual([]);
  });

  it('passes over a webhook that is not due, or that another one took', async () => {
    let races = 0;
    const world = await waiting({
      webhooks: ({ put, listDue }) => ({
        put: async (next) => {
          races -= 1;
          return races >= 0 ? { kind: 'lost', current: next } : put(next);
        },
        // Each of them twice, and once as it is when nothing waits for it.
        listDue: async (...asked) => {
          const due = await listDue(...asked);
          return due.flatMap((one) => [{ ...one, dueAt: undefined }, one, one]);
        },
      }),
    });
    races = 2;
    expect(await world.sweep()).toBe(0);
    expect(world.memoryQueue.messages('webhooks')).toEqual([]);

    // It answered nothing for two minutes, so one is tried.
    expect(await world.sweep()).toBe(1);
  });

  it('goes on with the others when one cannot be looked at, and tells of it', async () => {
    let isBroken = false;
    const world = await waiting({
      webhooks: ({ put }) => ({
        put: async (next) => {
          if (isBroken && next.url.endsWith('/broken')) throw new Error('broken');
          return put(next);
        },
      }),
    });
    await world.hook('acme', 'https://hooks.example.org/broken');
    world.caller.answerWith(() => ({ status: 500, failure: 'endpoint_error' }));
    await world.announce({ uploadId: 'upl_4' });
    world.clock.tick(2 * MINUTE);
    isBroken = true;

    await expect(world.sweep()).rejects.toThrow('Some webhooks were not swept.');

    const sent = world.memoryQueue.messages('webhooks').map(({ body }) => JSON.parse(body));
    expect(new Set(sent.map(({ webhookId }) => webhookId))).toEqual(new Set([world.webhook.id]));
  });

  it('stops in time', async () => {
    const world = await waiting();
    const sweep = createSweepWebhooks(world.deps);

    expect(await sweep(AbortSignal.abort())).toBe(0);
    expect(world.memoryQueue.messages('webhooks')).toEqual([]);
  });
});
