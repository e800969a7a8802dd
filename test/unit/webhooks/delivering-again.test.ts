/** What becomes of the requests that a webhook does not take. */
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { MINUTE } from '../../support/factories.ts';
import { createWebhookWorld, NOTIFICATION } from '../../support/webhook-world.ts';

const HOUR = 60 * MINUTE;

describe('a request that is not taken', () => {
  it('is sent again with the same id and the same bytes until it is', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();
    world.caller.answerWith(() =>
      world.calls().length > 3 ? { status: 200 } : { status: 503, failure: 'endpoint_error' },
    );

    await world.announce();
    await world.pass(3 * HOUR);

    const sent = world.calls();
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(
      1,
    );
    const stamps = sent.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(stamps).toEqual(stamps.toSorted((one, other) => one - other));
    expect(new Set(stamps).size).toBe(4);
    const { deliveries } = await world.log.list(hook, { limit: 10 });
    expect(deliveries).toMatchObject([
      { state: 'delivered', attempts: [{ status: 503 }, {}, {}, { status: 200 }] },
    ]);
    expect((await world.webhooks.find(hook))?.failing).toBeUndefined();
  });

  it('is sent again though its sender took its own record of the failure for that of another', async () => {
    let isMistaken = true;
    const world = createWebhookWorld({
      deliveries: (deliveries) => ({
        async put(next) {
          const answer = await deliveries.put(next);
          if (next.tries === 0 || !isMistaken) return answer;
          isMistaken = false;
          return { kind: 'lost', current: next };
        },
      }),
    });
    await world.hook();
    world.caller.answerWith(() =>
      world.calls().length > 1 ? { status: 200 } : { status: 503, failure: 'endpoint_error' },
    );

    await world.announce();
    await world.pass(3 * HOUR);

    expect(world.calls()).toHaveLength(2);
  });

  it('ends with its webhook turned off after three days, which says why', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();
    world.caller.answerWith(() => ({ failure: 'endpoint_slow' }));

    await world.announce();
    await world.pass(80 * HOUR);

    expect(await world.manage.find(hook)).toMatchObject({
      enabled: false,
      disabled: { reason: 'failing', message: expect.stringContaining('three days') },
      failing: { last: { code: 'endpoint_slow' } },
    });
    const sent = world.calls().length;
    await world.announce({ uploadId: 'upl_2' });
    await world.pass(10 * HOUR);
    expect(world.calls()).toHaveLength(sent);
    expect(await world.webhooks.listDue(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
  });

  it('turns its webhook off at once when it is answered 410', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();
    world.caller.answerWith(() => ({ status: 410, failure: 'endpoint_gone' }));

    await world.announce();
    await world.pass(2 * HOUR);

    expect(world.calls()).toHaveLength(1);
    expect(await world.manage.find(hook)).toMatchObject({ disabled: { reason: 'gone' } });
  });

  it('goes on when its webhook is turned on again, unless four days are over', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();
    world.caller.answerWith(() => ({ status: 500, failure: 'endpoint_error' }));
    await world.announce();
    await world.pass(10 * MINUTE);
    await world.manage.change(hook, { enabled: false });
    await world.pass(HOUR);
    const before = world.calls().length;
    world.caller.answerWith(() => ({ status: 200 }));

    await world.manage.change(hook, { enabled: true });
    await world.pass(2 * HOUR);

    expect(world.calls()).toHaveLength(before + 1);
    expect(world.deliveries.all()).toMatchObject([{ state: 'delivered' }]);
  });

  it('is given up when its webhook was off for too long', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();
    world.caller.answerWith(() => ({ status: 500, failure: 'endpoint_error' }));
    await world.announce();
    await world.manage.change(hook, { enabled: false });
    world.clock.tick(97 * HOUR);

    await world.manage.change(hook, { enabled: true });
    await world.pass(10 * MINUTE);

    expect(world.calls()).toHaveLength(1);
    expect(world.deliveries.all()).toMatchObject([{ state: 'failed', reason: 'waited_too_long' }]);
  });

  it('is given up when its webhook is removed', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();
    await world.memoryQueue.send('notifications', [NOTIFICATION]);
    await world.notify(NOTIFICATION, world.meta);
    await world.manage.remove(hook);

    await world.drain();

    expect(world.calls()).toEqual([]);
    expect(world.deliveries.all()).toMatchObject([{ state: 'failed', reason: 'webhook_removed' }]);
  });
});

describe('a webhook that does not answer', () => {
  it('gets one request at a time while it rests, and all that waited once it is back', async () => {
    const world = createWebhookWorld();
    await world.hook();
    world.caller.answerWith(() => ({ failure: 'endpoint_unreachable' }));
    await world.announce();
    await world.pass(2 * MINUTE);
    const before = world.calls().length;
    for (let upload = 2; upload <= 40; upload += 1) {
      await world.announce({ uploadId: `upl_${upload}` });
    }
    expect(world.calls()).toHaveLength(before);

    await world.pass(20 * MINUTE);
    const probes = world.calls().length - before;
    world.caller.answerWith(() => ({ status: 200 }));
    await world.pass(3 * HOUR);

    expect(probes).toBeLessThan(20);
    expect(world.deliveries.all().map(({ state }) => state)).toEqual(
      Array.from({ length: 40 }, () => 'delivered'),
    );
  });

  it('holds up no other: its neighbour is told at once, its own backlog waits', async () => {
    const world = createWebhookWorld();
    const dead = await world.hook('acme', 'https://dead.example.org/');
    const alive = await world.hook('acme', 'https://alive.example.org/');
    world.caller.answerWith(({ url }) =>
      url.includes('dead') ? { failure: 'endpoint_slow' } : { status: 200 },
    );
    for (let upload = 1; upload <= 300; upload += 1) {
      await world.announce({ uploadId: `upl_${upload}` });
      if (upload === 1) await world.pass(2 * MINUTE);
    }
    const statesOf = (id: string) =>
      world.deliveries.all().flatMap(({ webhookId, state }) => (webhookId === id ? [state] : []));

    expect(statesOf(alive.id)).toEqual(Array.from({ length: 300 }, () => 'delivered'));
    expect(new Set(statesOf(dead.id))).toEqual(new Set(['pending']));
    // A new event of the neighbour that has to be retried is not behind the three hundred.
    world.caller.answerWith(({ url }) =>
      url.includes('dead') || world.attemptsAt(url) === 301
        ? { failure: 'endpoint_slow' }
        : { status: 200 },
    );
    await world.announce({ uploadId: 'upl_last' });
    await world.pass(3 * MINUTE);
    expect(statesOf(alive.id).at(-1)).toBe('delivered');
  });

  it('leaves the list of the sweep once nothing waits for it', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();
    world.caller.answerWith(() =>
      world.calls().length === 1 ? { failure: 'endpoint_slow' } : { status: 200 },
    );
    await world.announce();
    expect((await world.webhooks.find(hook))?.dueAt).toBeDefined();

    await world.pass(30 * MINUTE);

    expect(await world.webhooks.find(hook)).not.toHaveProperty('dueAt');
    expect(world.calls()).toHaveLength(2);
  });
});

describe('a replay', () => {
  it('of what is not there is not found', async () => {
    const world = createWebhookWorld();
    const hook = await world.hook();

    await expect(world.log.replay(hook, 'msg_unknown')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('whose message gets lost is sent by the sweep, though nobody asks for it again', async () => {
    let isDown = false;
    const world = createWebhookWorld({
      queue: (queue) => ({
        async send(...message) {
          if (isDown) throw new RetryableError('queue_unavailable');
          await queue.send(...message);
        },
      }),
    });
    const hook = await world.hook();
    await world.announce();
    const id = world.deliveries.all()[0]!.id;

    isDown = true;
    await expect(world.log.replay(hook, id)).rejects.toMatchObject({ code: 'queue_unavailable' });
    isDown = false;
    await world.pass(20 * MINUTE);

    expect(world.calls()).toHaveLength(2);
    expect(world.deliveries.all()).toMatchObject([{ state: 'delivered' }]);
  });
});
