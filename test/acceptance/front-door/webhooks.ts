/** A tenant's backend is told when an upload ends, by nobody else, and nowhere else than it said. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { announce, apiKeyOf, call, ended, post, STORY_MS, sessionOf, until } from './client.ts';

interface Arrived {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers 503 to the first request, and takes the others. */
const startReceiver = async () => {
  const arrived: Arrived[] = [];
  const server = createServer((request, answer) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      arrived.push({ headers: request.headers, body });
      answer.writeHead(arrived.length === 1 ? 503 : 204).end();
    });
  });
  await new Promise<void>((bound) => server.listen(0, '127.0.0.1', bound));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`,
    arrived,
    close: () => new Promise((closed) => server.close(closed)),
  };
};

interface Log {
  readonly deliveries: readonly { readonly id: string; readonly state: string }[];
}

export const describeWebhooks = (): void => {
  describe('a webhook', () => {
    test(
      'gets a signed request for each upload of its tenant that ends, and again when asked',
      async () => {
        const receiver = await startReceiver();
        try {
          const { apiKey: token } = await apiKeyOf('hooked');
          const body = { url: receiver.url, events: ['upload.completed'] };
          const made = await call('POST', '/webhooks', { token, body });
          const { webhook, secret }: { webhook: { id: string }; secret: string } = made.json;
          const user = await sessionOf(token, 'ann');
          const created = await announce(user.token);
          await post(created);
          await ended(user.token, created.upload.id);
          await until(async () => receiver.arrived[0]);
          const logOf = async (): Promise<Log> =>
            (await call('GET', `/webhooks/${webhook.id}/deliveries`, { token })).json;
          // The request is there before what came of it is written down.
          const [first] = await until(async () => {
            const { deliveries } = await logOf();
            return JSON.stringify(deliveries).includes('503') ? deliveries : undefined;
          });

          const path = `/webhooks/${webhook.id}/deliveries/${first?.id}/replay`;
          const replay = await call('POST', path, { token });
          await until(async () => receiver.arrived[1]);
          const [after] = await until(async () => {
            const { deliveries } = await logOf();
            return deliveries[0]?.state === 'delivered' ? deliveries : undefined;
          });

          expect(made.status).toBe(201);
          expect(first).toMatchObject({ state: 'pending', attempts: [{ status: 503 }] });
          expect(replay.status).toBe(202);
          expect(after).toMatchObject({ attempts: [{ status: 503 }, { status: 204 }] });
          const [one, other] = receiver.arrived;
          expect(other?.body).toBe(one?.body);
          expect(other?.headers['webhook-id']).toBe(one?.headers['webhook-id']);
          for (const { body: sent, headers } of receiver.arrived) {
            const verified = new Webhook(secret).verify(sent, { ...headers } as never);
            expect(verified).toMatchObject({
              type: 'upload.completed',
              data: { id: created.upload.id, state: 'completed', user: 'ann' },
            });
          }
        } finally {
          await receiver.close();
        }
      },
      STORY_MS,
    );

    test(
      'E15: is made for no address that is not on the internet, and none is made by a session',
      async () => {
        const { apiKey: token } = await apiKeyOf('hooked-2');
        const user = await sessionOf(token, 'ann');
        const addresses = [
          'https://169.254.169.254/latest/meta-data/',
          'https://[fd00:ec2::254]/',
          'http://10.0.0.1/',
          'https://2852039166/',
          'https://ann@example.org/',
          'file:///etc/passwd',
        ];

        const statuses: number[] = [];
        for (const url of addresses) {
          statuses.push((await call('POST', '/webhooks', { token, body: { url } })).status);
        }

        expect(statuses).toEqual(addresses.map(() => 400));
        const body = { url: 'http://127.0.0.1:9/' };
        expect((await call('POST', '/webhooks', { token: user.token, body })).status).toBe(401);
        expect((await call('GET', '/webhooks', { token })).json).toEqual({ webhooks: [] });
      },
      STORY_MS,
    );
  });
};
