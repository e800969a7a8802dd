/** Requests to names that lead to addresses nobody may reach, or to others a moment later. */
import { describe, expect, it } from 'vitest';
import { createResolver } from '../../shared/adapters/webhooks/resolver.ts';
import { callerOf, openStrangers, post } from '../support/strangers.ts';

const { serve, startCanary, nameServer } = openStrangers();

describe('a name that leads somewhere else', () => {
  /** As deployed, but for the port: only what the address is stands between a request and the canary. */
  const deployed = (server: string, port: number) => ({
    resolve: createResolver([server]),
    allowsLoopback: false,
    ports: [port],
  });

  it.each([['127.0.0.1'], ['::1'], ['::ffff:127.0.0.1'], ['64:ff9b::7f00:1'], ['2002:7f00:1::']])(
    'E15: %s is refused when it is saved and when it is called',
    async (address) => {
      const canary = await startCanary();
      const { address: server } = await nameServer(() => [address]);
      const options = deployed(server, canary.port);
      const url = `https://hooks.example.org:${canary.port}/`;

      expect(await callerOf(options).refusalOf(url)).toBe(
        'Its host is not on the public internet.',
      );
      expect(await post(url, options)).toMatchObject({ failure: 'endpoint_address_refused' });
      expect(canary.hits()).toBe(0);
    },
  );

  it('E15: is refused when one of its addresses is public and another is not', async () => {
    const canary = await startCanary();
    const { address: server } = await nameServer(() => ['8.8.8.8', '127.0.0.1']);

    const answer = await post(
      `https://hooks.example.org:${canary.port}/`,
      deployed(server, canary.port),
    );

    expect(answer).toMatchObject({ failure: 'endpoint_address_refused' });
    expect(canary.hits()).toBe(0);
  });

  it('E15: was public when it was saved, and is refused once it is not any more', async () => {
    const canary = await startCanary();
    const { address: server } = await nameServer((_name, turn) =>
      turn === 1 ? ['8.8.8.8'] : ['127.0.0.1'],
    );
    const options = deployed(server, canary.port);
    const url = `https://hooks.example.org:${canary.port}/`;

    expect(await callerOf(options).refusalOf(url)).toBeUndefined();
    expect(await post(url, options)).toMatchObject({ failure: 'endpoint_address_refused' });
    expect(canary.hits()).toBe(0);
  });

  it('E15: is connected to where it was looked at, though it leads elsewhere a moment later', async () => {
    const port = await serve((_request, answer) => answer.writeHead(200).end());
    const canary = await startCanary('127.0.0.2', port);
    const { address: server, asked } = await nameServer((_name, turn) =>
      turn === 1 ? ['127.0.0.1'] : ['127.0.0.2'],
    );

    const answer = await post(`http://hooks.example.org:${port}/`, {
      resolve: createResolver([server]),
    });

    expect(answer).toMatchObject({ status: 200 });
    expect(canary.hits()).toBe(0);
    // Once for each family, by the check; the connection asked nobody.
    expect(asked).toEqual(['hooks.example.org', 'hooks.example.org']);
  });

  it('is a failure with a code when nobody knows it, or its name server is silent', async () => {
    const unknown = await nameServer(() => []);
    const silent = await nameServer(() => undefined);
    const url = 'https://hooks.example.org/';

    expect(await post(url, deployed(unknown.address, 443))).toMatchObject({
      failure: 'endpoint_unresolved',
    });
    expect(await post(url, { ...deployed(silent.address, 443), deadlineMs: 150 })).toMatchObject({
      failure: 'endpoint_slow',
    });
  });
});
