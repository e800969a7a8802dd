import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterSuccess,
  changed,
  claimedBySweep,
  foundEmpty,
  isResting,
  rotated,
  signingSecrets,
  type Webhook,
  withWaiting,
} from '../../../shared/domain/webhook.ts';

const T0 = 1_767_225_600_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const healthy: Webhook = {
  tenant: 'acme',
  id: 'whk_0',
  rev: 1,
  url: 'https://hooks.example.org/',
  events: ['upload.completed'],
  createdAt: T0,
  secret: { keyId: 'k', version: 1 },
};
const failing = afterFailure(healthy, 'endpoint_error', T0)!;

describe('a webhook that does not answer', () => {
  it('rests after a minute without a success', () => {
    expect(isResting(healthy, T0)).toBe(false);
    expect(isResting(failing, T0 + MINUTE - 1)).toBe(false);
    expect(isResting(failing, T0 + MINUTE)).toBe(true);
  });

  it('is written down at most once a minute, and fails since the first time', () => {
    expect(afterFailure(failing, 'endpoint_slow', T0 + 1)).toBeUndefined();
    expect(afterFailure(failing, 'endpoint_slow', T0 + MINUTE)?.failing).toEqual({
      since: T0,
      last: 'endpoint_slow',
      lastAt: T0 + MINUTE,
    });
  });

  it('is turned off after three days, with the reason, and leaves the list of the sweep', () => {
    const listed = withWaiting(failing, T0)!;

    expect(afterFailure(listed, 'endpoint_error', T0 + 72 * HOUR - 1)?.disabled).toBeUndefined();
    expect(afterFailure(listed, 'endpoint_error', T0 + 72 * HOUR)).toMatchObject({
      disabled: { at: T0 + 72 * HOUR, reason: 'failing' },
      dueAt: undefined,
    });
  });

  it('is turned off at once when it says that it is gone', () => {
    expect(afterFailure(healthy, 'endpoint_gone', T0)?.disabled).toEqual({
      at: T0,
      reason: 'gone',
    });
  });

  it('is probed at growing intervals, an hour at most', () => {
    const listed = { ...failing, dueAt: T0 };
    const pauses = [MINUTE, 10 * MINUTE, 40 * MINUTE, 10 * HOUR].map((ago) => {
      const now = T0 + ago;
      return (claimedBySweep(listed, now)?.dueAt ?? 0) - now;
    });

    expect(pauses).toEqual([MINUTE, 2.5 * MINUTE, 10 * MINUTE, HOUR]);
  });

  it('is looked at at once when it answers again', () => {
    const listed = { ...failing, dueAt: T0 + HOUR };

    expect(afterSuccess(listed, T0)).toMatchObject({ failing: undefined, dueAt: T0 });
    expect(afterSuccess(healthy, T0)).toBeUndefined();
  });
});

describe('the list of the sweep', () => {
  it('gets a webhook once something waits for it, and not again', () => {
    const listed = withWaiting(healthy, T0)!;

    expect(listed.dueAt).toBe(T0 + MINUTE);
    expect(withWaiting(listed, T0 + 1)).toBeUndefined();
  });

  it('gives one of two sweeps the turn', () => {
    const listed = withWaiting(healthy, T0)!;
    const claimed = claimedBySweep(listed, T0 + MINUTE)!;

    expect(claimedBySweep(listed, T0 + MINUTE - 1)).toBeUndefined();
    expect(claimed.rev).toBe(listed.rev + 1);
    expect(claimedBySweep(claimed, T0 + MINUTE)).toBeUndefined();
    expect(claimedBySweep(healthy, T0)).toBeUndefined();
  });

  it('lets a webhook go only when nothing came for longer than an index lags', () => {
    const marked = foundEmpty(withWaiting(healthy, T0)!, T0)!;

    expect(marked).toMatchObject({ emptyAt: T0, dueAt: T0 + 15 * MINUTE });
    expect(foundEmpty(marked, T0 + 15 * MINUTE - 1)).toBeUndefined();
    expect(foundEmpty(marked, T0 + 15 * MINUTE)).toMatchObject({ dueAt: undefined });
  });

  it('takes back its mark when something comes in between', () => {
    const marked = foundEmpty(withWaiting(healthy, T0)!, T0)!;

    expect(withWaiting(marked, T0 + 1)).toMatchObject({
      emptyAt: undefined,
      dueAt: T0 + 1 + MINUTE,
    });
  });

  it('has none that is turned off', () => {
    const off = changed({ ...healthy, dueAt: T0 }, { enabled: false }, T0);

    expect(off.dueAt).toBeUndefined();
    expect(withWaiting(off, T0)).toBeUndefined();
    expect(claimedBySweep({ ...off, dueAt: T0 }, T0)).toBeUndefined();
  });
});

describe('a tenant', () => {
  it('turns a webhook on again, whatever turned it off; what waited is looked at', () => {
    const off = afterFailure(healthy, 'endpoint_gone', T0)!;

    expect(changed(off, { enabled: true }, T0 + HOUR)).toMatchObject({
      disabled: undefined,
      failing: undefined,
      dueAt: T0 + HOUR,
    });
  });

  it('keeps the reason of what is off already', () => {
    const off = afterFailure(healthy, 'endpoint_gone', T0)!;

    expect(changed(off, { enabled: false }, T0 + HOUR).disabled).toEqual(off.disabled);
  });

  it('has both secrets sign for a while after a rotation, and never three', () => {
    const once = rotated(healthy, { keyId: 'k2', keepMs: HOUR }, T0);
    const twice = rotated(once, { keyId: 'k2', keepMs: HOUR }, T0 + 1);

    const versions = (webhook: Webhook, now: number) =>
      signingSecrets(webhook, now).map(({ keyId, version }) => `${keyId}/${version}`);
    expect(versions(once, T0)).toEqual(['k2/2', 'k/1']);
    expect(versions(once, T0 + HOUR)).toEqual(['k2/2']);
    expect(versions(twice, T0 + 1)).toEqual(['k2/3', 'k2/2']);
    expect(versions(rotated(once, { keyId: 'k', keepMs: 0 }, T0), T0)).toEqual(['k/3']);
  });
});
