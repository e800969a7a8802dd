/** What the functions around webhooks are built from. None of them is inside the private network: two speak to the world. */
import { createDynamoApiKeyStore } from './adapters/aws/dynamo-api-key-store.ts';
import { createDynamoDeliveryStore } from './adapters/aws/dynamo-delivery-store.ts';
import { createDynamoWebhookStore } from './adapters/aws/dynamo-webhook-store.ts';
import { createDerivedSecrets, loadWebhookKeys } from './adapters/webhooks/derived-secrets.ts';
import { createHttpWebhookCaller } from './adapters/webhooks/http-webhook-caller.ts';
import { createResolver } from './adapters/webhooks/resolver.ts';
import { type Config, readConfig } from './config.ts';
import { clock, dynamo, loggerFor, queueFor, random, ratesFor } from './container-parts.ts';
import { createAuthorizeTenant } from './usecases/authorize-tenant.ts';

/** Webhooks and what is on its way to them. */
export const webhookStoresFor = ({ TABLE_NAME: tableName }: Config<'TABLE_NAME'>) => ({
  webhooks: createDynamoWebhookStore({ client: dynamo(), tableName, random }),
  deliveries: createDynamoDeliveryStore({ client: dynamo(), tableName }),
});

const secretsFor = ({ WEBHOOK_KEYS: source }: Config<'WEBHOOK_KEYS'>) =>
  createDerivedSecrets(() => loadWebhookKeys(source));

const callerFor = ({ WEBHOOK_LOOPBACK }: Config<'WEBHOOK_LOOPBACK'>) =>
  createHttpWebhookCaller({
    resolve: createResolver(),
    allowsLoopback: WEBHOOK_LOOPBACK === 'allowed',
  });

const COMMON = ['STAGE', 'LOG_LEVEL', 'TABLE_NAME', 'WEBHOOKS_QUEUE_URL'] as const;
const CALLING = ['WEBHOOK_KEYS', 'WEBHOOK_LOOPBACK'] as const;

export const createWebhooksContainer = () => {
  const config = readConfig([
    ...COMMON,
    ...CALLING,
    'TENANT_REQUESTS_PER_SECOND',
    'TENANT_POLLS_PER_SECOND',
  ]);
  const keys = createDynamoApiKeyStore({ client: dynamo(), tableName: config.TABLE_NAME });
  return {
    logger: loggerFor(config),
    clock,
    authorizeTenant: createAuthorizeTenant({ keys }),
    rates: ratesFor(config),
    ...webhookStoresFor(config),
    queue: queueFor(config),
    caller: callerFor(config),
    secrets: secretsFor(config),
  };
};

export const createNotifyContainer = () => {
  const config = readConfig([...COMMON, 'NOTIFICATIONS_QUEUE_URL', 'MAX_RECEIVE_COUNT']);
  return {
    logger: loggerFor(config),
    clock,
    random,
    ...webhookStoresFor(config),
    queue: queueFor(config),
    maxReceiveCount: config.MAX_RECEIVE_COUNT,
  };
};

export const createSendWebhookContainer = () => {
  const config = readConfig([...COMMON, ...CALLING, 'MAX_RECEIVE_COUNT']);
  return {
    logger: loggerFor(config),
    clock,
    random,
    ...webhookStoresFor(config),
    queue: queueFor(config),
    caller: callerFor(config),
    secrets: secretsFor(config),
    maxReceiveCount: config.MAX_RECEIVE_COUNT,
  };
};
