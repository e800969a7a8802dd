/**
 * The sweep of the webhooks: begins the next turn of what is due for them. Each webhook has a turn of its own and a bounded
 * number of messages in it, so one with a long backlog delays no other; one that does not answer gets a single message at
 * growing intervals. Two sweeps at once are harmless: each step is claimed in its row.
 */
import {
  claimedBySweep,
  foundEmpty,
  isResting,
  type Webhook,
  withWaiting,
} from '../domain/webhook.ts';
import { nextTurn } from '../domain/webhook-delivery.ts';
import type { DeliveryRef } from '../ports/webhook-store.ts';
import { type NotifyWebhooksDeps, webhookMessageFor } from './notify-webhooks.ts';

/** Of one run; what is left is due in the next one, a minute later. */
const WEBHOOKS_PER_RUN = 100;
/** For one webhook in one run. */
const DELIVERIES_PER_LOOK = 100;
/** The index may still name what was done a moment ago: so many more are looked at for one that is really due. */
const SPARE = 10;

/** @returns how many deliveries were sent on. @throws AggregateError when some webhooks could not be looked at. */
export type SweepWebhooks = (signal: AbortSignal) => Promise<number>;

export const createSweepWebhooks = (deps: NotifyWebhooksDeps): SweepWebhooks => {
  const { webhooks, deliveries, queue, clock } = deps;

  /** False when another was first, or it was not due any more. */
  const sendOn = async (ref: DeliveryRef): Promise<boolean> => {
    const delivery = await deliveries.find(ref);
    const next = delivery && nextTurn(delivery, clock.now());
    if (next === undefined) return false;
    const answer = await deliveries.put(next);
    if (answer.kind === 'lost') return false;
    // Lost here, it is due again in its row.
    await queue.send('webhooks', [webhookMessageFor(next)], next.webhookId);
    return true;
  };

  /** One at a time, until one was sent. */
  const probe = async (due: readonly DeliveryRef[]): Promise<number> => {
    for (const ref of due) if (await sendOn(ref)) return 1;
    return 0;
  };

  const sendAll = async (due: readonly DeliveryRef[]): Promise<number> => {
    const sent = await Promise.all(due.map(sendOn));
    return sent.filter(Boolean).length;
  };

  /** Does anything wait for it, now or later? A webhook that nothing waits for leaves the list of the sweep. */
  const keepListed = async (webhook: Webhook, isBusy: boolean): Promise<void> => {
    const now = clock.now();
    const isWaited =
      isBusy || (await deliveries.listDue(webhook.id, Number.MAX_SAFE_INTEGER, 1)).length > 0;
    const isMarked = webhook.emptyAt !== undefined;
    const next = isWaited ? isMarked && withWaiting(webhook, now) : foundEmpty(webhook, now);
    // Lost to whoever has something for it: then it stays.
    if (next) await webhooks.put(next);
  };

  const look = async (webhook: Webhook): Promise<number> => {
    const now = clock.now();
    const claimed = claimedBySweep(webhook, now);
    if (claimed === undefined) return 0;
    const answer = await webhooks.put(claimed);
    if (answer.kind === 'lost') return 0;
    const rests = isResting(claimed, now);
    const limit = rests ? 1 + SPARE : DELIVERIES_PER_LOOK;
    const due = await deliveries.listDue(claimed.id, now, limit);
    const sent = await (rests ? probe(due) : sendAll(due));
    await keepListed(claimed, due.length > 0);
    return sent;
  };

  return async (signal) => {
    const failures: unknown[] = [];
    let sent = 0;
    for (const webhook of await webhooks.listDue(clock.now(), WEBHOOKS_PER_RUN)) {
      if (signal.aborted) break;
      try {
        sent += await look(webhook);
      } catch (cause) {
        failures.push(new Error(`${webhook.id} was not looked at.`, { cause }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Some webhooks were not swept.');
    return sent;
  };
};
