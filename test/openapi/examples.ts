/** The examples of the OpenAPI document as requests, and a world in which they succeed. */
import {
  SAMPLE_DELIVERY,
  SAMPLE_DELIVERY_ID,
  SAMPLE_GROUP_ID,
  SAMPLE_ID,
  SAMPLE_WEBHOOK,
  SAMPLE_WEBHOOK_ID,
} from '../../shared/contracts/routes/samples.ts';
import { newDelivery } from '../../shared/domain/webhook-delivery.ts';
import { zipOf } from '../support/archives.ts';
import { createGateway } from '../support/gateway.ts';
import { drain } from '../support/memory-world.ts';
import type { Operation } from '../support/openapi.ts';

/** An upload, a group and a webhook of a user of its own. */
export const prepare = async () => {
  const gateway = await createGateway();
  const started = await gateway.send({ method: 'POST', url: '/sessions' });
  const { token } = JSON.parse(started.body);
  const authorization = `Bearer ${token}`;
  const body = zipOf([{ name: 'a.txt', body: 'hello' }]);
  const make = async (url: string, declared: object) => {
    const headers = { authorization };
    return JSON.parse(
      (await gateway.send({ method: 'POST', url, headers, body: JSON.stringify(declared) })).body,
    );
  };
  const declared = { name: 'a.zip', size: body.length };
  const { upload, post } = await make('/uploads', declared);
  const { group } = await make('/upload-groups', { files: [declared] });
  const { apiKey } = await gateway.makeApiKey('dev');
  const keyed = await gateway.send({
    method: 'POST',
    url: '/webhooks',
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ url: SAMPLE_WEBHOOK.url }),
  });
  const { webhook } = JSON.parse(keyed.body);
  const sent = { id: SAMPLE_DELIVERY_ID, webhookId: webhook.id, tenant: 'dev' };
  const { event, payload } = SAMPLE_DELIVERY;
  await gateway.deps.deliveries.put(newDelivery({ ...sent, event, payload }, gateway.clock.now()));
  const ids: Readonly<Record<string, string>> = {
    [SAMPLE_ID]: String(upload.id),
    [SAMPLE_GROUP_ID]: String(group.id),
    [SAMPLE_WEBHOOK_ID]: String(webhook.id),
  };
  return { gateway, authorization, apiKey, ids, id: String(upload.id), post, body };
};

export type Prepared = Awaited<ReturnType<typeof prepare>>;

const complete = async ({ gateway, post, body }: Prepared) => {
  gateway.objects.submit(post, body);
  await drain(gateway);
};

const sendPart = async ({ gateway, id, authorization, body }: Prepared) => {
  const signed = await gateway.send({
    method: 'POST',
    url: `/uploads/${id}/parts`,
    headers: { authorization },
    body: '{"parts":[1]}',
  });
  // What has ended already takes no part.
  if (signed.status !== 200) return;
  gateway.deps.partStore.sendPart(JSON.parse(signed.body).parts[0].url, body);
};

/** What an example takes for granted beyond an announced upload. */
const BEFORE: Readonly<Record<string, (prepared: Prepared) => Promise<void>>> = {
  'GET /uploads/{id}': complete,
  'GET /uploads/{id}/history': complete,
  'GET /uploads/{id}/events': complete,
  'GET /uploads/{id}/results': complete,
  'GET /uploads/{id}/results/{step}/{name}': complete,
  'GET /uploads/{id}/manifest': complete,
  'GET /uploads/{id}/parts': sendPart,
  'POST /uploads/{id}/complete': sendPart,
};

/** The request of the example, about what was prepared. */
export const exampleRequest = (routeKey: string, operation: Operation, prepared: Prepared) => {
  const { ids, authorization, apiKey } = prepared;
  const [method = '', path = ''] = routeKey.split(' ');
  const { parameters = [], requestBody } = operation;
  const url = new URL(path, 'http://gateway.test');
  const headers: Record<string, string> = {};
  for (const { in: place, name, example } of parameters) {
    if (example === undefined) continue;
    const value = ids[String(example)] ?? String(example);
    if (place === 'path') url.pathname = decodeURI(url.pathname).replace(`{${name}}`, value);
    else if (place === 'query') url.searchParams.set(name, value);
    else headers[name] = value;
  }
  const isOfTenant = operation.security.every((scheme) => 'apiKey' in scheme);
  const isOpen = operation.security.some((scheme) => Object.keys(scheme).length === 0);
  const example = requestBody?.content['application/json']?.example;
  return {
    method,
    url: url.href,
    headers: isOpen
      ? headers
      : { ...headers, authorization: isOfTenant ? `Bearer ${apiKey}` : authorization },
    ...(example === undefined ? {} : { body: JSON.stringify(example) }),
  };
};

/** Brings what was prepared so far that the example succeeds. */
export const advance = async (routeKey: string, prepared: Prepared): Promise<void> => {
  await BEFORE[routeKey]?.(prepared);
};
