import { describe, expect, it } from 'vitest';
import { createStaticSessionVerifier } from '../../../shared/adapters/static-session-verifier.ts';
import { createSessionBody } from '../../../shared/contracts/http.ts';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { parseApiKey } from '../../../shared/usecases/api-keys.ts';
import { createAuthorizeTenant } from '../../../shared/usecases/authorize-tenant.ts';
import { createEndSession } from '../../../shared/usecases/end-session.ts';
import { firstOf } from '../../../shared/usecases/verify-session.ts';
import { createSessionWorld, ISSUER } from '../../support/session-world.ts';

const DAY = 24 * 60 * 60 * 1000;
const idIn = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).jti;
const refusal = (code: string) => expect.objectContaining({ code });

describe('starting a session', () => {
  it('takes a key of a tenant and the name of its user', async () => {
    const world = createSessionWorld();
    const { apiKey } = await world.makeApiKey('acme');

    const started = await world.startSession(await world.authorize(apiKey), 'ann@example.org');

    expect(started).toMatchObject({ tenant: 'acme', user: 'ann@example.org' });
    expect(await world.sessions.verify(started.token)).toEqual({
      tenant: 'acme',
      owner: 'ann@example.org',
      session: { issuer: ISSUER, id: expect.stringMatching(/^ses_[0-9a-z]{26}$/) },
    });
  });

  it('keeps nothing of a key but its hash', async () => {
    const world = createSessionWorld();
    const { apiKey, keyId } = await world.makeApiKey('acme');

    const kept = await world.keys.find('acme', keyId);

    expect(JSON.stringify(kept)).not.toContain(parseApiKey(apiKey)?.secret);
    expect(kept?.secretSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses every other key in the same way', async () => {
    const world = createSessionWorld();
    const { apiKey, keyId } = await world.makeApiKey('acme');
    const other = await world.makeApiKey('other');
    await world.keys.forget('other', other.keyId);
    const wrong = [
      '',
      'dev',
      apiKey.slice(0, -1),
      `${apiKey}a`,
      apiKey.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      apiKey.replace('acme', 'other'),
      apiKey.replace('acme', '../acme'),
      apiKey.replace(keyId, '0'.repeat(26)),
      other.apiKey,
    ];

    for (const key of wrong) {
      await expect(world.authorize(key), key).rejects.toEqual(refusal('unauthenticated'));
    }
    await expect(world.authorize(undefined)).rejects.toEqual(refusal('unauthenticated'));
  });

  it('E5: asks as much for a wrong key as for one that nobody ever had', async () => {
    const world = createSessionWorld();
    const { apiKey, keyId } = await world.makeApiKey('acme');
    const asked: string[] = [];
    const authorize = createAuthorizeTenant({
      keys: {
        find: (tenant, id) => {
          asked.push(`${tenant} ${id}`);
          return world.keys.find(tenant, id);
        },
      },
    });
    const nobodys = '0'.repeat(26);

    for (const key of [
      apiKey.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      apiKey.replace(keyId, nobodys),
      apiKey.replace('acme', 'other'),
    ]) {
      await expect(authorize(key)).rejects.toEqual(refusal('unauthenticated'));
    }

    expect(asked).toEqual([`acme ${keyId}`, `acme ${nobodys}`, `other ${keyId}`]);
  });

  it('wants a user with a key, and none without', async () => {
    const world = createSessionWorld({ anonymousTenant: 'open' });

    await expect(world.startSession('acme', undefined)).rejects.toEqual(refusal('invalid_request'));
    await expect(world.startSession(undefined, 'ann')).rejects.toEqual(refusal('invalid_request'));
  });

  it('gives each anonymous caller an own user, where that is allowed', async () => {
    const world = createSessionWorld({ anonymousTenant: 'open' });
    expect(await world.authorize(undefined)).toBeUndefined();

    const users = await Promise.all([1, 2].map(() => world.startSession(undefined, undefined)));

    expect(users.map(({ tenant }) => tenant)).toEqual(['open', 'open']);
    expect(new Set(users.map(({ user }) => user)).size).toBe(2);
  });

  it.each(['bucket', 'a#b', 'a b', '', 'a'.repeat(129), 'ann\n'])('knows no user %j', (user) => {
    expect(createSessionBody.safeParse({ user }).success).toBe(false);
  });

  it.each([['tenant'], ['owner'], ['tenantId'], ['expiresAt'], ['session']])(
    'E4: lets nobody set %s',
    (field) => {
      expect(createSessionBody.safeParse({ user: 'ann', [field]: 'x' }).success).toBe(false);
    },
  );

  it('gives no token away that the store does not know', async () => {
    const create = async () => {
      throw new RetryableError('store_unavailable');
    };
    const world = createSessionWorld({ store: () => ({ create }) });

    await expect(world.startSession('acme', 'ann')).rejects.toEqual(refusal('store_unavailable'));
  });
});

describe('a session', () => {
  const start = async (options: Parameters<typeof createSessionWorld>[0] = {}) => {
    const world = createSessionWorld(options);
    const { token } = await world.startSession('acme', 'ann');
    const principal = await world.sessions.verify(token);
    if (principal?.session === undefined) throw new Error('The session did not start.');
    return { ...world, token, principal, ref: principal.session };
  };

  it.each([{}, { withoutCache: true }])(
    'E2: is over at once when it is ended (%j)',
    async (options) => {
      const { sessions, token, endSession, principal } = await start(options);

      await endSession(principal);

      expect(await sessions.verify(token)).toBeUndefined();
    },
  );

  it('ended by one caller leaves the other sessions of that user', async () => {
    const world = await start();
    const other = await world.startSession('acme', 'ann');

    await world.endSession(world.principal);

    expect(await world.sessions.verify(other.token)).toBeDefined();
  });

  it('that was revoked is not brought back by a reader who was late to keep a copy', async () => {
    const { sessions, token, endSession, principal, sessionStore, sessionCache, ref } =
      await start();
    const readBefore = await sessionStore.find(ref);

    await endSession(principal);
    await sessionCache.fill({ ...principal, session: ref }, readBefore!.expiresAt);

    expect(await sessions.verify(token)).toBeUndefined();
  });

  it('E2: that only the store knows to be revoked is refused, and the copies learn it', async () => {
    const world = createSessionWorld();
    const { token } = await world.startSession('acme', 'ann');
    const session = { issuer: ISSUER, id: idIn(token) };
    await world.sessionStore.revoke(session, 1);

    expect(await world.sessions.verify(token)).toBeUndefined();
    expect(await world.sessionCache.find({ tenant: 'acme', owner: 'ann', session })).toBe(
      'revoked',
    );
  });

  it('E2: says nothing by the copy of another one’s of the same id', async () => {
    const world = createSessionWorld();
    const { token } = await world.startSession('acme', 'ann');
    const session = { issuer: ISSUER, id: idIn(token) };
    await world.sessionStore.revoke(session, 1);
    await world.sessionCache.fill({ tenant: 'other', owner: 'ann', session }, DAY ** 2);

    expect(await world.sessions.verify(token)).toBeUndefined();
  });

  it('E2: is judged by what a copy was just found to say, without another look at the copies', async () => {
    let finds = 0;
    const world = await start({
      store: (store) => ({
        find: (ref) => {
          finds += 1;
          return store.find(ref);
        },
      }),
    });
    const caller = await world.sessions.identify(world.token);
    finds = 0;

    const later = world.clock.now() + 1;
    expect(await caller!.confirm('revoked')).toBe(false);
    expect(await caller!.confirm({ expiresAt: later })).toBe(true);
    expect(await caller!.confirm({ expiresAt: later - 1 })).toBe(false);
    expect(finds).toBe(0);
    expect(await caller!.confirm('missing')).toBe(true);
    expect(finds).toBe(1);
  });

  it('E2: is told to copies that stumble more than once before its end is answered', async () => {
    const world = createSessionWorld();
    const { token } = await world.startSession('acme', 'ann');
    const principal = await world.sessions.verify(token);
    const { revoke } = world.sessionCache;
    let tellings = 0;
    const stumbling = {
      ...world.sessionCache,
      revoke: async (holder: Parameters<typeof revoke>[0]) => {
        tellings += 1;
        return tellings < 3 ? ('unavailable' as const) : revoke(holder);
      },
    };

    const ending = createEndSession({ ...world, sessionCache: stumbling })(principal!);
    await world.clock.advance(1_000);
    await ending;

    expect(tellings).toBe(3);
    expect(await world.sessions.verify(token)).toBeUndefined();
  });

  it('is over when its time is, to the millisecond', async () => {
    const { clock, sessions, token } = await start();

    clock.tick(DAY / 2 - 1);
    expect(await sessions.verify(token)).toBeDefined();
    clock.tick(1);
    expect(await sessions.verify(token)).toBeUndefined();
  });

  it('cannot be ended by a token that has none', async () => {
    const world = createSessionWorld();

    await expect(world.endSession({ tenant: 'dev', owner: 'dev' })).rejects.toEqual(
      refusal('not_found'),
    );
  });

  it('is asked for only after the tokens that need none', async () => {
    const world = await start();
    const verifier = firstOf(createStaticSessionVerifier({ tokenSha256: '' }), world.sessions);

    expect(await verifier.verify(world.token)).toMatchObject({ owner: 'ann' });
    expect(await verifier.verify('dev')).toBeUndefined();
  });

  it('cannot be told from a fault of ours: a store that does not answer is no 401', async () => {
    const find = async () => {
      throw new RetryableError('store_unavailable');
    };
    const broken = createSessionWorld({ store: () => ({ find }) });
    const { token } = await broken.startSession('acme', 'ann');

    expect(await broken.ask(token)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  });
});
