/** A webhook: an address that a tenant wants to be told at, and what the last calls of it say about its health. */
import type { CallFailureCode } from './errors.ts';
import type { TerminalState } from './upload.ts';

/** What a tenant can be told. */
export const WEBHOOK_EVENTS = [
  'upload.completed',
  'upload.failed',
  'upload.expired',
  'upload.cancelled',
  'upload.rejected',
  'group.ended',
] as const satisfies readonly (`upload.${TerminalState}` | 'group.ended')[];
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Every ended upload makes one delivery and one request for each. */
export const MAX_WEBHOOKS_PER_TENANT = 10;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A secret is never kept: it is derived from a key of the deployment and these two. */
export interface SecretRef {
  /** Which key of the deployment. */
  readonly keyId: string;
  /** Grows with each rotation. */
  readonly version: number;
}

export const DISABLED_REASONS = ['by_tenant', 'gone', 'failing'] as const;

export interface Disabled {
  readonly at: number;
  readonly reason: (typeof DISABLED_REASONS)[number];
}

/** No call succeeded since then. */
export interface Failing {
  readonly since: number;
  readonly last: CallFailureCode;
  readonly lastAt: number;
}

export interface Webhook {
  readonly tenant: string;
  readonly id: string;
  /** Grows by one with every write. */
  readonly rev: number;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly createdAt: number;
  readonly secret: SecretRef;
  /** Signs beside the new one until then. */
  readonly previousSecret?: (SecretRef & { readonly until: number }) | undefined;
  readonly disabled?: Disabled | undefined;
  readonly failing?: Failing | undefined;
  /** When the sweep looks what waits for it; absent while nothing does. */
  readonly dueAt?: number | undefined;
  /** The sweep found nothing waiting at this moment, and will take it out of its list unless something comes. */
  readonly emptyAt?: number | undefined;
}

/** For so long every message is tried at once; from then on they wait, and only the sweep's are tried. */
const REST_AFTER_MS = MINUTE;
const SHORTEST_PROBE_MS = MINUTE;
const LONGEST_PROBE_MS = HOUR;
/** Not one success for so long turns a webhook off. Shorter than a delivery lives, so a weekend is survived. */
const DISABLE_AFTER_MS = 72 * HOUR;
/** A row tells of a lasting failure at most so often: it is one row for all messages of the webhook. */
const NOTE_EVERY_MS = MINUTE;
/** How often the sweep looks at a webhook that answers and has something waiting. */
const LOOK_EVERY_MS = MINUTE;
/** Longer than an index of DynamoDB lags behind its table. */
const INDEX_LAG_MS = 15 * MINUTE;

/** Does it answer so badly that new messages had better wait? */
export const isResting = ({ failing }: Webhook, now: number): boolean =>
  failing !== undefined && now - failing.since >= REST_AFTER_MS;

const probeMs = (since: number, now: number): number =>
  Math.min(Math.max((now - since) / 4, SHORTEST_PROBE_MS), LONGEST_PROBE_MS);

const next = (webhook: Webhook, changes: Partial<Webhook>): Webhook => ({
  ...webhook,
  ...changes,
  rev: webhook.rev + 1,
});

/** It answered: what waited is looked at soon. Undefined when the row says nothing else already. */
export const afterSuccess = (webhook: Webhook, now: number): Webhook | undefined => {
  if (webhook.failing === undefined) return undefined;
  const dueAt = webhook.dueAt === undefined ? undefined : Math.min(webhook.dueAt, now);
  return next(webhook, { failing: undefined, dueAt });
};

/** It did not. Undefined when there is nothing new to say. */
export const afterFailure = (
  webhook: Webhook,
  last: CallFailureCode,
  now: number,
): Webhook | undefined => {
  const since = webhook.failing?.since ?? now;
  const failing = { since, last, lastAt: now };
  const reason = last === 'endpoint_gone' ? 'gone' : 'failing';
  const isOver = reason === 'gone' || now - since >= DISABLE_AFTER_MS;
  if (isOver && webhook.disabled === undefined) {
    const disabled = { at: now, reason } as const;
    return next(webhook, { failing, disabled, dueAt: undefined, emptyAt: undefined });
  }
  const isNoted = webhook.failing !== undefined && now - webhook.failing.lastAt < NOTE_EVERY_MS;
  return isNoted ? undefined : next(webhook, { failing });
};

/**
 * Something waits for it, and the sweep must know. Undefined when it does already. Whoever calls this has written what
 * waits before it read the webhook: so either the sweep sees that, or this write takes back the sweep's `emptyAt`.
 */
export const withWaiting = (webhook: Webhook, now: number): Webhook | undefined => {
  if (webhook.disabled !== undefined) return undefined;
  if (webhook.dueAt !== undefined && webhook.emptyAt === undefined) return undefined;
  const dueAt = Math.min(webhook.dueAt ?? Number.POSITIVE_INFINITY, now + LOOK_EVERY_MS);
  return next(webhook, { dueAt, emptyAt: undefined });
};

/** The sweep takes its turn. Undefined when it is not due, so of two sweeps one goes on. */
export const claimedBySweep = (webhook: Webhook, now: number): Webhook | undefined => {
  if (webhook.disabled !== undefined || webhook.dueAt === undefined || webhook.dueAt > now) {
    return undefined;
  }
  const wait = isResting(webhook, now)
    ? probeMs(webhook.failing?.since ?? now, now)
    : LOOK_EVERY_MS;
  return next(webhook, { dueAt: now + wait });
};

/** The sweep found nothing that waits: the second time, after a while, the webhook leaves its list. */
export const foundEmpty = (webhook: Webhook, now: number): Webhook | undefined => {
  const { emptyAt } = webhook;
  if (emptyAt === undefined) {
    return next(webhook, { emptyAt: now, dueAt: now + INDEX_LAG_MS });
  }
  return now - emptyAt < INDEX_LAG_MS
    ? undefined
    : next(webhook, { emptyAt: undefined, dueAt: undefined });
};

export interface WebhookChanges {
  readonly events?: readonly WebhookEvent[] | undefined;
  readonly enabled?: boolean | undefined;
}

/** What its tenant wants to be different. Turned on again, it is looked at soon: something may have waited all the time. */
export const changed = (
  webhook: Webhook,
  { events = webhook.events, enabled }: WebhookChanges,
  now: number,
): Webhook => {
  if (enabled === true && webhook.disabled !== undefined) {
    const fresh = { disabled: undefined, failing: undefined, emptyAt: undefined, dueAt: now };
    return next(webhook, { events, ...fresh });
  }
  if (enabled === false && webhook.disabled === undefined) {
    const disabled = { at: now, reason: 'by_tenant' } as const;
    return next(webhook, { events, disabled, dueAt: undefined, emptyAt: undefined });
  }
  return next(webhook, { events });
};

/** A new secret; the old one signs too for `keepMs`. One that was replaced before ends with this. */
export const rotated = (
  webhook: Webhook,
  { keyId, keepMs }: { readonly keyId: string; readonly keepMs: number },
  now: number,
): Webhook =>
  next(webhook, {
    secret: { keyId, version: webhook.secret.version + 1 },
    previousSecret: keepMs > 0 ? { ...webhook.secret, until: now + keepMs } : undefined,
  });

/** The secrets that sign now, newest first. */
export const signingSecrets = (webhook: Webhook, now: number): readonly SecretRef[] => {
  const { secret, previousSecret } = webhook;
  return previousSecret !== undefined && now < previousSecret.until
    ? [secret, previousSecret]
    : [secret];
};
