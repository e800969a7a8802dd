import { describe, expect, it } from 'vitest';
import {
  afterAttempt,
  givenUp,
  isOpenTurn,
  isTooOld,
  isUnderWay,
  newDelivery,
  nextTurn,
  parked,
  RETRY_PAUSES_MS,
  replayed,
  type WebhookDelivery,
} from '../../../shared/domain/webhook-delivery.ts';

const T0 = 1_767_225_600_000;
const HOUR = 3_600_000;

const fresh = (): WebhookDelivery =>
  newDelivery(
    {
      webhookId: 'whk_0',
      id: 'msg_1',
      tenant: 'acme',
      event: 'upload.completed',
      payload: '{}',
    },
    T0,
  );

const failed = (delivery: WebhookDelivery, at: number, jitter = 0.5): WebhookDelivery =>
  afterAttempt(
    delivery,
    { turn: delivery.turn, at, durationMs: 0, failure: 'endpoint_error', status: 500 },
    jitter,
  );

describe('a delivery', () => {
  it('is delivered by the first success, and nothing is due any more', () => {
    const next = afterAttempt(fresh(), { turn: 0, at: T0, durationMs: 20, status: 204 }, 0);

    expect(next).toMatchObject({ state: 'delivered', endedAt: T0 + 20, tries: 1, rev: 2 });
    expect(next.dueAt).toBeUndefined();
  });

  it('is tried ten times over about three days, then given up', () => {
    let delivery = fresh();
    let now = T0;
    const pauses: number[] = [];
    while (delivery.state === 'pending') {
      delivery = failed(delivery, now);
      if (delivery.dueAt === undefined) break;
      pauses.push(delivery.dueAt - now);
      now = delivery.dueAt;
      delivery = nextTurn(delivery, now) ?? delivery;
    }

    expect(pauses).toEqual([...RETRY_PAUSES_MS]);
    expect(delivery).toMatchObject({ state: 'failed', reason: 'retries_exhausted', tries: 10 });
    expect((now - T0) / HOUR).toBeCloseTo(75.6, 1);
    expect(isTooOld(delivery, now)).toBe(false);
  });

  it('moves the next try by up to a tenth either way', () => {
    const [first] = RETRY_PAUSES_MS;

    expect(failed(fresh(), T0, 0).dueAt).toBe(T0 + first * 0.9);
    expect(failed(fresh(), T0, 0.999_999).dueAt).toBeLessThanOrEqual(T0 + first * 1.1);
  });

  it('is over at once when the receiver says it is gone', () => {
    const attempt = {
      turn: 0,
      at: T0,
      durationMs: 5,
      status: 410,
      failure: 'endpoint_gone',
    } as const;

    expect(afterAttempt(fresh(), attempt, 0)).toMatchObject({
      state: 'failed',
      reason: 'endpoint_gone',
    });
  });

  it('is worked once a turn: a message of an earlier turn, or a second one of this, is for nothing', () => {
    const tried = failed(fresh(), T0);
    const claimed = nextTurn(tried, T0 + HOUR)!;

    expect(isOpenTurn(fresh(), 0)).toBe(true);
    expect(isOpenTurn(tried, 0)).toBe(false);
    expect(isOpenTurn(claimed, 0)).toBe(false);
    expect(isOpenTurn(claimed, 1)).toBe(true);
    expect(isOpenTurn(givenUp(claimed, 'webhook_removed', T0), 1)).toBe(false);
  });

  it('begins no turn before its time, and none twice', () => {
    const tried = failed(fresh(), T0);
    const due = tried.dueAt!;

    expect(nextTurn(fresh(), due)).toBeUndefined();
    expect(nextTurn(tried, due - 1)).toBeUndefined();
    const claimed = nextTurn(tried, due)!;
    expect(claimed.turn).toBe(1);
    expect(nextTurn(claimed, due)).toBeUndefined();
    // Its message may have got lost.
    expect(nextTurn(claimed, due + HOUR)).toMatchObject({ turn: 2 });
  });

  it('is under way once anybody has done something with it', () => {
    expect(isUnderWay(fresh())).toBe(false);
    expect(isUnderWay(parked(fresh(), T0))).toBe(true);
    expect(isUnderWay(failed(fresh(), T0))).toBe(true);
    expect(isUnderWay(givenUp(fresh(), 'webhook_removed', T0))).toBe(true);
  });

  it('has all its tries and all its time again after a replay, under the same id', () => {
    const over = givenUp(failed(fresh(), T0), 'retries_exhausted', T0 + HOUR);
    const again = replayed(over, T0 + 200 * HOUR);

    expect(again).toMatchObject({ id: 'msg_1', state: 'pending', tries: 0, turn: 1 });
    expect(again).toMatchObject({ reason: undefined, endedAt: undefined });
    expect(again.attempts).toHaveLength(1);
    expect(isTooOld(again, T0 + 200 * HOUR)).toBe(false);
  });

  it('keeps the newest twenty requests', () => {
    let delivery = fresh();
    for (let turn = 1; turn <= 30; turn += 1) {
      delivery = failed(replayed(delivery, T0 + turn), T0 + turn);
    }

    expect(delivery.attempts).toHaveLength(20);
    expect(delivery.attempts.at(-1)?.turn).toBe(30);
  });
});
