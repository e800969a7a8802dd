/** Tenants with webhooks, what they do to them while messages are on their way, and what must have come of every message. */
import type { WebhookPayload } from '../../shared/contracts/webhooks.ts';
import { WEBHOOK_EVENTS, type Webhook } from '../../shared/domain/webhook.ts';
import type { WebhookDelivery } from '../../shared/domain/webhook-delivery.ts';
import type { WebhookRef } from '../../shared/ports/webhook-store.ts';
import {
  createManageWebhooks,
  type ManageWebhooks,
} from '../../shared/usecases/manage-webhooks.ts';
import { generationKey } from './ledger.ts';
import { TENANTS } from './people.ts';
import type { Problem, Violation } from './problem.ts';
import { webhookSecrets } from './receivers.ts';
import type { World } from './world.ts';

const HAS_WEBHOOKS = 0.3;
const IS_CHANGED = 0.3;

/** A tenant turns one off and on again, or takes it away. */
const change = (
  world: World,
  { manage, ref, length }: { manage: ManageWebhooks; ref: WebhookRef; length: number },
): void => {
  const { random, scheduler, meddledWebhooks, note } = world;
  const { id } = ref;
  const at = random.below(length);
  const isRemoved = random.chance(0.3);
  meddledWebhooks.add(id);
  scheduler.after(at, () => {
    note('tenant', `${isRemoved ? 'removes' : 'turns off'} ${id}`, []);
    const done = isRemoved ? manage.remove(ref) : manage.change(ref, { enabled: false });
    done.then(world.onChange);
  });
  if (isRemoved) return;
  scheduler.after(at + random.below(length), () => {
    note('tenant', `turns on ${id}`, []);
    manage.change(ref, { enabled: true }).then(world.onChange);
  });
};

/** Some tenants have one or two, from the start. */
export const addWebhooks = (world: World, length: number): void => {
  const { random, truth, scheduler } = world;
  const manage = createManageWebhooks({
    webhooks: truth.webhooks,
    caller: { refusalOf: async () => undefined },
    secrets: webhookSecrets,
    clock: { now: scheduler.now, sleep: async () => undefined },
  });
  for (const tenant of TENANTS) {
    if (!random.chance(HAS_WEBHOOKS)) continue;
    const count = 1 + random.below(2);
    for (let number = 1; number <= count; number += 1) {
      const events = number === 1 ? WEBHOOK_EVENTS : WEBHOOK_EVENTS.slice(0, 2);
      const isChanged = random.chance(IS_CHANGED);
      const url = `https://${tenant}.example.org/${number}`;
      manage.create(tenant, { url, events }).then(({ webhook: { id } }) => {
        if (isChanged) change(world, { manage, ref: { tenant, id }, length });
      });
    }
  }
};

/** When the sweep next finds something to do for a webhook. What is due every minute while nothing can be sent is passed over. */
export const nextWebhookAt = ({ truth }: World): number => {
  let next = Number.POSITIVE_INFINITY;
  for (const { id, dueAt } of truth.webhooks.all()) {
    if (dueAt === undefined) continue;
    const waiting = truth.deliveries
      .all()
      .flatMap((one) => (one.webhookId === id && one.dueAt !== undefined ? [one.dueAt] : []));
    const from = waiting.length === 0 ? dueAt : Math.max(dueAt, Math.min(...waiting));
    next = Math.min(next, from);
  }
  return next;
};

const payloadOf = ({ payload }: Pick<WebhookDelivery, 'payload'>): WebhookPayload =>
  JSON.parse(payload);

/** Of what a delivery tells, as the ledger calls it. */
const toldIn = (delivery: WebhookDelivery): string => {
  const { data } = payloadOf(delivery);
  return 'generation' in data ? generationKey(data.id, data.generation) : data.id;
};

const deliveryProblem = (
  world: World,
  delivery: WebhookDelivery,
  webhook: Webhook | undefined,
): Problem | undefined => {
  const { ledger, truth } = world;
  const { id, state, reason, tenant } = delivery;
  ledger.cover(`delivery ${state} ${reason ?? ''}`.trim());
  if (state === 'pending' && webhook !== undefined && webhook.disabled === undefined) {
    return { law: 'L1', what: `is still on its way to ${webhook.id}` };
  }
  const { type } = payloadOf(delivery);
  if (type !== 'group.ended') {
    const end = ledger.ends().get(toldIn(delivery));
    if (`upload.${end?.row.state}` !== type) return { law: 'L2', what: `says ${type}` };
    if (end?.row.tenant !== tenant) return { law: 'L6', what: `went to ${tenant}` };
  }
  const requests = truth.receivers.received().filter((one) => one.id === id);
  if (requests.some(({ url }) => !url.startsWith(`https://${tenant}.`))) {
    return { law: 'L6', what: 'was sent to another tenant' };
  }
  if (requests.some(({ body }) => body !== delivery.payload)) {
    return { law: 'L3', what: 'was sent with two bodies' };
  }
  const arrived = requests.filter(({ url }) => webhook === undefined || url === webhook.url);
  if (arrived.length > 1) ledger.cover('webhook called again');
  return state === 'delivered' && arrived.length === 0
    ? { law: 'L2', what: 'counts as delivered, and nobody got it' }
    : undefined;
};

/** Whoever could be told of an end, and was not. */
const untoldProblems = (world: World): readonly Problem[] => {
  const { truth, ledger, meddledWebhooks, toldGroups } = world;
  const known = new Set(truth.deliveries.all().map((one) => `${one.webhookId} ${toldIn(one)}`));
  const dead = truth.letters.all().filter(({ queue }) => queue === 'notifications');
  const problems: Problem[] = [];
  for (const { tenant, id, events, disabled } of truth.webhooks.all()) {
    if (disabled !== undefined || meddledWebhooks.has(id)) continue;
    const wanted = [
      ...[...ledger.notifications().keys()].flatMap((key) => {
        const row = ledger.ends().get(key)?.row;
        return row?.tenant === tenant && events.some((event) => event === `upload.${row.state}`)
          ? [key]
          : [];
      }),
      ...truth.groups
        .groups()
        .flatMap((group) =>
          group.tenant === tenant && events.includes('group.ended') && toldGroups.has(group.id)
            ? [group.id]
            : [],
        ),
    ];
    for (const key of wanted) {
      if (known.has(`${id} ${key}`) || dead.some(({ body }) => body.includes(`"${key}"`))) continue;
      problems.push({ law: 'L1', what: `nobody told ${id} of ${key}` });
    }
  }
  return problems;
};

/** When nothing is left to happen. */
export const webhookProblems = (world: World): readonly Violation[] => {
  const { truth } = world;
  const webhooks = new Map(truth.webhooks.all().map((webhook) => [webhook.id, webhook]));
  const told = new Set<string>();
  const problems = truth.deliveries.all().flatMap((delivery) => {
    const key = `${delivery.webhookId} ${toldIn(delivery)}`;
    const isSecond = told.has(key);
    told.add(key);
    const problem = isSecond
      ? { law: 'L2', what: `two messages to ${key}` }
      : deliveryProblem(world, delivery, webhooks.get(delivery.webhookId));
    return problem === undefined ? [] : [{ ...problem, uploadId: delivery.id }];
  });
  return [...problems, ...untoldProblems(world).map((problem) => ({ ...problem, uploadId: '' }))];
};
