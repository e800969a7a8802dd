/** What the end of a session leaves in the store, and how long its caller waits for copies. */
import { describe, expect, it } from 'vitest';
import { createEndSession } from '../../../shared/usecases/end-session.ts';
import { createSessionWorld } from '../../support/session-world.ts';

const started = async () => {
  const world = createSessionWorld();
  const { token } = await world.startSession('acme', 'ann');
  const principal = (await world.sessions.verify(token))!;
  return { ...world, principal, ref: principal.session! };
};

describe('the end of a session', () => {
  it('E2: is a mark in its own record, which keeps its time to live', async () => {
    const { endSession, principal, ref, sessionStore, clock } = await started();
    const before = await sessionStore.find(ref);
    clock.tick(1_000);

    await endSession(principal);

    expect(await sessionStore.find(ref)).toEqual({ ...before, revokedAt: clock.now() });
  });

  it('E2: waits twice for copies that do not answer, and no longer', async () => {
    const { principal, sessionStore, sessionCache } = await started();
    const pauses: number[] = [];
    const end = createEndSession({
      sessionStore,
      sessionCache: { ...sessionCache, revoke: async () => 'unavailable' },
      clock: { now: () => 1, sleep: async (ms) => void pauses.push(ms) },
    });

    await end(principal);

    expect(pauses).toEqual([200, 200]);
  });
});
