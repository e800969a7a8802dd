import { describe, expect, it } from 'vitest';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { deadlineOf } from '../../../shared/lambda/invocation.ts';
import { invocation } from '../../support/envelopes.ts';

const setup = (remainingMs: number) => {
  const clock = createMemoryClock();
  const reason = new Error('out of time');
  const context = invocation({ getRemainingTimeInMillis: () => remainingMs });
  return { clock, reason, deadline: deadlineOf(context, clock, reason) };
};

describe('deadlineOf', () => {
  it('B7: aborts three seconds before Lambda would kill the invocation', async () => {
    const { clock, reason, deadline } = setup(10_000);

    await clock.advance(6_999);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);

    expect(deadline.signal.reason).toBe(reason);
    expect(deadline.remainingMs).toBe(7_000);
  });

  it('aborts at once when less than the margin is left', async () => {
    const { clock, deadline } = setup(1_000);

    await clock.advance(0);

    expect(deadline.signal.aborted).toBe(true);
    expect(deadline.remainingMs).toBe(0);
  });

  it('never aborts work that is done', async () => {
    const { clock, deadline } = setup(10_000);
    deadline.stop();

    await clock.advance(60_000);

    expect(deadline.signal.aborted).toBe(false);
    expect(clock.nextWakeAt()).toBeUndefined();
  });
});
