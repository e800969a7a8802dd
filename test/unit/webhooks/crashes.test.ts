/** Whoever works on the way to a webhook dies before or after each of its effects, one at a time, all of them enumerated. */
import { describe, expect, it } from 'vitest';
import { createWebhookWorld, NOTIFICATION } from '../../support/webhook-world.ts';

const MINUTE = 60_000;
/** Only against a hang, however busy the machine is. */
const GUARD_MS = 120_000;

type When = 'before' | 'after';

/** Ports whose n-th call from now on is the last thing that its invocation does. */
const createReaper = () => {
  let calls = 0;
  let target: { readonly call: number; readonly when: When } | undefined;
  let isDead = false;
  const die = (): never => {
    isDead = true;
    throw new Error('The invocation died here.');
  };
  return {
    calls: () => calls,
    arm(call: number, when: When) {
      calls = 0;
      target = { call, when };
    },
    /** The next invocation begins. */
    revive() {
      isDead = false;
    },
    wrap: <Port extends object>(port: Port): Partial<Port> => {
      const wrapped: Record<string, unknown> = {};
      for (const [name, method] of Object.entries(port)) {
        if (typeof method !== 'function') continue;
        wrapped[name] = async (...args: readonly unknown[]): Promise<unknown> => {
          if (isDead) die();
          calls += 1;
          const call = calls;
          const isTarget = (when: When) => target?.call === call && target.when === when;
          if (isTarget('before')) die();
          const answer = await method(...args);
          if (isTarget('after')) die();
          return answer;
        };
      }
      return wrapped as Partial<Port>;
    },
  };
};

/**
 * An upload ends and is told of twice; one webhook takes it at once, the other one at the third request. Afterwards the
 * first one's delivery is sent once more.
 */
const run = async (call: number, when: When) => {
  const reaper = createReaper();
  const wrap = <Port extends object>(port: Port) => reaper.wrap(port);
  const world = createWebhookWorld({ webhooks: wrap, deliveries: wrap, queue: wrap, caller: wrap });
  const good = await world.hook('acme', 'https://good.example.org/');
  const slow = await world.hook('acme', 'https://slow.example.org/');
  world.caller.answerWith(({ url }) =>
    url === slow.url && world.attemptsAt(url) < 3
      ? { status: 500, failure: 'endpoint_error' }
      : { status: 200 },
  );
  reaper.arm(call, when);

  /** An invocation that may die, and the next one, which does not. */
  const alive = async (work: () => Promise<unknown>): Promise<void> => {
    for (let delivery = 1; delivery <= 2; delivery += 1) {
      reaper.revive();
      try {
        await work();
        return;
      } catch {
        // Whoever asked for it asks again; what came from a queue comes back by itself.
      }
    }
  };
  const pass = async (ms: number): Promise<void> => {
    for (let minute = 0; minute < ms / MINUTE; minute += 1) {
      world.clock.tick(MINUTE);
      reaper.revive();
      await world.sweep().catch(() => 0);
      reaper.revive();
      await world.drain();
    }
  };

  for (let copy = 0; copy < 2; copy += 1) {
    await world.memoryQueue.send('notifications', [NOTIFICATION]);
    reaper.revive();
    await world.drain();
  }
  await pass(50 * MINUTE);
  const first = world.deliveries.all().find(({ webhookId }) => webhookId === good.id);
  await alive(() => world.log.replay(good, String(first?.id)));
  await pass(50 * MINUTE);
  return { world, good, slow, reaper };
};

describe('a crash at any effect on the way to a webhook', async () => {
  const calm = await run(0, 'before');
  const total = calm.reaper.calls();
  const points = Array.from({ length: total }, (_, index) => index + 1);

  it('is tried at every one of them', () => {
    expect(total).toBeGreaterThan(40);
    expect(calm.world.attemptsAt(calm.good.url)).toBe(2);
    expect(calm.world.attemptsAt(calm.slow.url)).toBe(3);
  });

  it.each(['before', 'after'] as const)(
    'loses nothing, makes nothing twice and leaves nothing behind (%s)',
    async (when) => {
      for (const call of points) {
        const { world, good, slow } = await run(call, when);
        const said = `${when} call ${call}`;
        const all = world.deliveries.all();

        expect(all, said).toHaveLength(2);
        expect(new Set(all.map(({ id }) => id)).size, said).toBe(1);
        expect(
          all.map(({ state }) => state),
          said,
        ).toEqual(['delivered', 'delivered']);
        // One request more at most, under the id that the receiver knows.
        expect(world.attemptsAt(good.url), said).toBeGreaterThanOrEqual(2);
        expect(world.attemptsAt(good.url), said).toBeLessThanOrEqual(3);
        expect(world.attemptsAt(slow.url), said).toBeGreaterThanOrEqual(3);
        expect(world.attemptsAt(slow.url), said).toBeLessThanOrEqual(4);
        const ids = new Set(world.calls().map(({ headers }) => headers['webhook-id']));
        expect(ids.size, said).toBe(1);
        expect(await world.webhooks.listDue(Number.MAX_SAFE_INTEGER, 10), said).toEqual([]);
        expect(world.memoryQueue.messages('webhooks'), said).toEqual([]);
      }
    },
    GUARD_MS,
  );
});
