/** The servers of tenants that webhooks call: now and then they are down, now and then gone for good. They remember what they got. */
import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import type { CallAnswer, WebhookCall } from '../../shared/ports/webhook-caller.ts';
import type { WebhookSecrets } from '../../shared/ports/webhook-secrets.ts';
import type { FaultPlan } from './faults.ts';
import type { Scheduler } from './scheduler.ts';

export interface Received {
  readonly url: string;
  /** Its `webhook-id`. */
  readonly id: string;
  readonly body: string;
}

export interface Receivers {
  take(call: WebhookCall): CallAnswer;
  /** Every request that arrived, whatever it was answered. */
  received(): readonly Received[];
}

export interface ReceiversOptions {
  readonly scheduler: Pick<Scheduler, 'now'>;
  readonly random: SeededRandom;
  readonly faults: FaultPlan;
}

/** Signatures have tests of their own. */
export const webhookSecrets: WebhookSecrets = {
  newestKeyId: async () => 'sim',
  derive: async () => new Uint8Array(32),
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const createReceivers = ({ scheduler, random, faults }: ReceiversOptions): Receivers => {
  const received: Received[] = [];
  const downUntil = new Map<string, number>();
  const isDown = (url: string): boolean => {
    const now = scheduler.now();
    if (faults.happens('receiver-down')) {
      downUntil.set(url, now + random.below(random.chance(0.5) ? 5 * MINUTE : 8 * HOUR));
    }
    return !faults.isOver() && now < (downUntil.get(url) ?? 0);
  };
  return {
    take({ url, headers, body }) {
      if (isDown(url)) return { durationMs: 3, failure: 'endpoint_unreachable' };
      received.push({ url, id: headers['webhook-id'] ?? '', body });
      if (faults.happens('receiver-gone')) {
        return { durationMs: 3, status: 410, failure: 'endpoint_gone' };
      }
      if (faults.happens('receiver-fails')) {
        return { durationMs: 3, status: 500, failure: 'endpoint_error' };
      }
      return { durationMs: 3, status: 204 };
    },
    received: () => received,
  };
};
