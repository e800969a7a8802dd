/** What the functions write into their logs while everything is asked of them that the API has: never what lets somebody in. */

import { expect, it } from 'vitest';
import { createS3Client } from '../../shared/adapters/aws/clients.ts';
import { createS3ObjectSigner } from '../../shared/adapters/aws/s3-object-signer.ts';
import { createGateway } from '../support/gateway.ts';
import { drain } from '../support/memory-world.ts';
import { operations } from '../support/openapi.ts';

const CONTENT = 'town,people\nwords-of-nobody-else,330000\n';

const signerOfS3 = () => {
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  const { config } = createS3Client();
  const endpoint = 'http://127.0.0.1:1';
  return createS3ObjectSigner({ identity: config, endpoint, resultsBucket: 'results' });
};

/** Everybody's day: sessions, uploads in one and in parts, results, webhooks, mistakes, and a store that fails in the end. */
const liveThrough = async () => {
  const { presignDownload } = signerOfS3();
  const gateway = await createGateway({ objects: () => ({ presignDownload }) });
  const { apiKey } = await gateway.makeApiKey('acme');
  const ask = async (bearer: string, method: string, url: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${bearer}`, accept: 'application/json' };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await gateway.send({ method, url, headers, ...text });
    return {
      status: answer.status,
      json: answer.body === '' ? undefined : JSON.parse(answer.body),
    };
  };

  const { token } = (await ask(apiKey, 'POST', '/sessions', { user: 'ann' })).json;
  const hook = (await ask(apiKey, 'POST', '/webhooks', { url: 'https://hooks.example.org/in' }))
    .json;
  const declared = { name: 'towns.csv', size: CONTENT.length };
  const { upload, post } = (await ask(token, 'POST', '/uploads', declared)).json;
  gateway.objects.submit(post, Buffer.from(CONTENT));
  await drain(gateway);
  const { steps, manifest } = (await ask(token, 'GET', `/uploads/${upload.id}/results`)).json;
  const { url } = (await ask(token, 'GET', manifest.href)).json;
  const other = (await ask(token, 'POST', '/uploads', declared)).json.upload;
  const parts = (await ask(token, 'POST', `/uploads/${other.id}/parts`, { parts: [1] })).json.parts;
  // The one above is ended on the way.
  const later = (await ask(apiKey, 'POST', '/sessions', { user: 'ann' })).json.token;
  for (const route of operations.keys()) {
    const [method = '', path = ''] = route.split(' ');
    const place = path.replace('{id}', upload.id).replace(/\{\w+\}/g, 'x');
    for (const bearer of [`${token}x`, token, apiKey])
      await ask(bearer, method, place, { a: CONTENT });
  }
  gateway.deps.store.find = async () => {
    throw new Error(`GET ${url} with Bearer ${token} failed`);
  };
  const broken = await ask(later, 'GET', `/uploads/${upload.id}/history`);
  return { gateway, steps, broken, secrets: { token, apiKey, hook, post, url, parts } };
};

it('E21: no token, no key, no signature and nothing of a file stands in any line', async () => {
  const { gateway, steps, broken, secrets } = await liveThrough();
  const { token, apiKey, hook, post, url, parts } = secrets;
  const signature = new URL(url).searchParams.get('X-Amz-Signature') ?? '';
  const text = gateway.logs.text();

  expect(broken.status).toBe(500);
  expect(signature).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(steps)).toContain('words-of-nobody-else');
  expect(gateway.logs.lines().length).toBeGreaterThan(4);
  expect(text).toContain('X-Amz-Signature=[redacted]');
  const unsaid = [
    token,
    token.split('.')[2],
    apiKey,
    apiKey.split('.').at(-1),
    hook.secret,
    signature,
    ...Object.values(post.fields),
    ...parts.map((part: { url: string }) => part.url),
    'words-of-nobody-else',
    Buffer.from(CONTENT).toString('base64').slice(0, 24),
  ].filter((one) => String(one).length > 10 && !String(one).startsWith('incoming/'));
  expect(unsaid.length).toBeGreaterThan(9);
  for (const one of unsaid) expect(text).not.toContain(one);
}, 60_000);
