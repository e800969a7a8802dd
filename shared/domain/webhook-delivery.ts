/**
 * One event on its way to one webhook: pending until it was taken or given up.
 *
 *   pending ──▶ delivered | failed          a replay makes it pending again
 *
 * It is worked in turns. A message names the turn it was sent for, so an old or doubled one changes nothing: turn 0 begins
 * with the event itself, each further one with a claim by the sweep or a replay.
 */
import type { CallFailureCode, DeliveryEndCode } from './errors.ts';
import type { WebhookEvent } from './webhook.ts';

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One request and what came of it. */
export interface DeliveryAttempt {
  readonly turn: number;
  readonly at: number;
  readonly durationMs: number;
  /** Of the answer, if there was one. */
  readonly status?: number | undefined;
  /** Absent when it was taken. */
  readonly failure?: CallFailureCode | undefined;
}

export interface WebhookDelivery {
  readonly webhookId: string;
  /** Also the `webhook-id` of every request for it. The same event has the same id at every webhook. */
  readonly id: string;
  readonly tenant: string;
  readonly rev: number;
  readonly event: WebhookEvent;
  /** The body of every request, to the byte. */
  readonly payload: string;
  readonly state: DeliveryState;
  readonly createdAt: number;
  /** Of the first turn, or of the last replay. */
  readonly startedAt: number;
  readonly turn: number;
  /** Requests since `startedAt`. */
  readonly tries: number;
  /** The newest ones. */
  readonly attempts: readonly DeliveryAttempt[];
  /** When it was taken or given up. */
  readonly endedAt?: number | undefined;
  /** Why it was given up. */
  readonly reason?: DeliveryEndCode | undefined;
  /** When the sweep sends it again; absent in the first turn, which the queue takes care of, and at the end. */
  readonly dueAt?: number | undefined;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Pauses after the first, second … failed request: ten requests in about three days. */
export const RETRY_PAUSES_MS = [
  1 * MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;
/** What waited for a webhook that rests or is turned off is given up after so long. */
const LIFE_MS = 4 * DAY;
/** A claimed turn whose message got lost is claimed again after so long. */
const CLAIM_MS = 15 * MINUTE;
/** The log keeps a delivery for so long. */
export const DELIVERY_KEPT_MS = 14 * DAY;
/** A replay may follow a replay; older requests are forgotten. */
const MAX_ATTEMPTS_KEPT = 20;

export interface NewDelivery {
  readonly webhookId: string;
  readonly id: string;
  readonly tenant: string;
  readonly event: WebhookEvent;
  readonly payload: string;
}

export const newDelivery = (delivery: NewDelivery, at: number): WebhookDelivery => ({
  ...delivery,
  rev: 1,
  state: 'pending',
  createdAt: at,
  startedAt: at,
  turn: 0,
  tries: 0,
  attempts: [],
});

const next = (delivery: WebhookDelivery, changes: Partial<WebhookDelivery>): WebhookDelivery => ({
  ...delivery,
  ...changes,
  rev: delivery.rev + 1,
});

/** Is this the turn that a message was sent for, and is it not done yet? */
export const isOpenTurn = (delivery: WebhookDelivery, turn: number): boolean =>
  delivery.state === 'pending' && delivery.turn === turn && delivery.attempts.at(-1)?.turn !== turn;

/** Has the first turn begun by now, so that nobody has to send its message any more? */
export const isUnderWay = (delivery: WebhookDelivery): boolean =>
  delivery.state !== 'pending' || delivery.turn > 0 || delivery.dueAt !== undefined;

export const isTooOld = (delivery: WebhookDelivery, now: number): boolean =>
  now - delivery.startedAt >= LIFE_MS;

/** The sweep begins the next turn; undefined when it is not due. */
export const nextTurn = (delivery: WebhookDelivery, now: number): WebhookDelivery | undefined =>
  delivery.state !== 'pending' || delivery.dueAt === undefined || delivery.dueAt > now
    ? undefined
    : next(delivery, { turn: delivery.turn + 1, dueAt: now + CLAIM_MS });

/** It waits until the webhook is worth a try. */
export const parked = (delivery: WebhookDelivery, now: number): WebhookDelivery =>
  next(delivery, { dueAt: now });

export const givenUp = (
  delivery: WebhookDelivery,
  reason: DeliveryEndCode,
  now: number,
): WebhookDelivery => next(delivery, { state: 'failed', reason, endedAt: now, dueAt: undefined });

/** From the start: as many tries as the first time. The id stays, so a receiver can tell that it knows it. */
export const replayed = (delivery: WebhookDelivery, now: number): WebhookDelivery =>
  next(delivery, {
    state: 'pending',
    startedAt: now,
    turn: delivery.turn + 1,
    tries: 0,
    endedAt: undefined,
    reason: undefined,
    dueAt: now + CLAIM_MS,
  });

/** What a request makes of it. `jitter` in [0, 1) moves the next one by up to a tenth either way. */
export const afterAttempt = (
  delivery: WebhookDelivery,
  attempt: DeliveryAttempt,
  jitter: number,
): WebhookDelivery => {
  const { at, durationMs, failure } = attempt;
  const endedAt = at + durationMs;
  const tries = delivery.tries + 1;
  const attempts = [...delivery.attempts, attempt].slice(-MAX_ATTEMPTS_KEPT);
  const tried = { tries, attempts, dueAt: undefined };
  if (failure === undefined) return next(delivery, { ...tried, state: 'delivered', endedAt });
  if (failure === 'endpoint_gone') {
    return next(delivery, { ...tried, state: 'failed', reason: 'endpoint_gone', endedAt });
  }
  const pause = RETRY_PAUSES_MS[tries - 1];
  if (pause === undefined) {
    return next(delivery, { ...tried, state: 'failed', reason: 'retries_exhausted', endedAt });
  }
  return next(delivery, { ...tried, dueAt: Math.round(endedAt + pause * (0.9 + jitter / 5)) });
};
