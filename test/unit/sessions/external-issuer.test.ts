/** An issuer outside in place of ours: its keys come from an address on this machine, and nothing else is ever asked. */

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createExternalTokenReader } from '../../../shared/adapters/sessions/external-token.ts';
import { createPublishedKeys } from '../../../shared/adapters/sessions/published-keys.ts';
import { readConfig } from '../../../shared/config.ts';
import { tokensOf } from '../../support/forged-tokens.ts';
import { createSessionWorld, KEYS } from '../../support/session-world.ts';

/** A busy machine is no silent issuer. */
const PATIENCE_MS = 60_000;
const ISSUER = 'https://login.example.org/';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

const answers: { keys: unknown; status: number; location?: string } = {
  keys: undefined,
  status: 200,
};
const asked: string[] = [];

const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  const { status, location } = answers;
  response.writeHead(status, location === undefined ? {} : { location });
  response.end(typeof answers.keys === 'string' ? answers.keys : JSON.stringify(answers.keys));
});

let origin: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(() => {
  asked.length = 0;
  const published = [
    KEYS.old.publicJwk,
    KEYS.new.publicJwk,
    { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa' },
  ];
  Object.assign(answers, { keys: { keys: published }, status: 200, location: undefined });
});

const setup = (terms: { readonly tenantClaim?: string; readonly userClaim?: string } = {}) => {
  const world = createSessionWorld({
    tokens: (clock) =>
      createExternalTokenReader({
        issuer: ISSUER,
        audience: 'sluice',
        jwksUrl: `${origin}/keys`,
        tenantClaim: 'tenant',
        userClaim: 'sub',
        ...terms,
        keyOf: createPublishedKeys(`${origin}/keys`, clock, PATIENCE_MS),
        clock,
      }),
  });
  const iat = Math.floor(world.clock.now() / 1000);
  const claims = {
    tenant: 'acme',
    iss: ISSUER,
    aud: 'sluice',
    sub: 'auth0|ann',
    jti: 'token-1',
    iat,
    exp: iat + 3600,
  };
  const header = { alg: 'EdDSA', kid: '2026', typ: 'at+jwt' };
  const kind = { header, claims, trusted: KEYS.new, foreign: KEYS.foreign, trap: origin };
  return { ...world, header, claims, tokens: tokensOf(kind) };
};

const UNIFORM = {
  status: 401,
  body: {
    type: 'urn:sluice:problem:unauthenticated',
    title: 'Send a valid session in the Authorization header.',
    status: 401,
    code: 'unauthenticated',
    requestId: 'request-1',
  },
};

/** What the issuer itself may say: its JSON has its own spelling, and its sessions have no record here. */
const ITS_OWN_BUSINESS = new Set([
  'another kind of JWT',
  'several audiences',
  'a jti of no session',
  'another tenant than the session’s',
  'another user than the session’s',
  'a claim too many',
  'duplicate claims',
  'spaces in its claims',
  '9 KB of claims',
]);

describe('a token of an issuer outside', () => {
  it('speaks for the tenant and the user that its claims name', async () => {
    const { ask, tokens } = setup();

    expect(await ask(tokens.valid)).toMatchObject({
      status: 200,
      body: { tenant: 'acme', owner: 'auth0|ann', session: { issuer: ISSUER, id: 'token-1' } },
    });
  });

  it('speaks by the claims that the configuration names', async () => {
    const { ask, tokens, header, claims } = setup({
      tenantClaim: 'https://acme.org/team',
      userClaim: 'email',
    });
    const more = { 'https://acme.org/team': 'blue', email: 'ann@example.org' };

    expect(await ask(tokens.signed(header, { ...claims, ...more }))).toMatchObject({
      body: { tenant: 'blue', owner: 'ann@example.org' },
    });
    expect(await ask(tokens.valid)).toEqual(UNIFORM);
  });

  it('may be signed by RSA, and for several audiences', async () => {
    const { ask, claims } = setup();
    const token = await new SignJWT({ ...claims, aud: ['other', 'sluice'] })
      .setProtectedHeader({ alg: 'RS256', kid: 'rsa' })
      .sign(rsa.privateKey);

    expect((await ask(token)).status).toBe(200);
  });

  it('E1: is refused with one and the same answer when it is forged, and no other address is asked', async () => {
    const { ask, tokens } = setup();
    const forged = tokens.forged.filter(([name]) => !ITS_OWN_BUSINESS.has(name));

    for (const [name, token] of forged) expect(await ask(token), name).toEqual(UNIFORM);

    expect(forged.length).toBeGreaterThan(35);
    expect(new Set(asked)).toEqual(new Set(['/keys']));
  });

  it.each([
    ['a tenant that is none', { tenant: '../acme' }],
    ['no tenant', { tenant: undefined }],
    ['two tenants', { tenant: ['acme', 'other'] }],
    ['a user that is none', { sub: 'ann\n' }],
    ['the owner of what other tools drop into the bucket', { sub: 'bucket' }],
    ['an end that is far away', { exp: 253_402_300_799 }],
  ])('E1: is refused with %s', async (_name, said) => {
    const { ask, tokens, header, claims } = setup();

    expect(await ask(tokens.signed(header, { ...claims, ...said }))).toEqual(UNIFORM);
  });

  it('E1: is not made by a claim that every object has', async () => {
    const { ask, tokens } = setup({ tenantClaim: 'constructor' });

    expect(await ask(tokens.valid)).toEqual(UNIFORM);
  });

  it('E2: is over at once when its session is ended, by issuer and id and not by text', async () => {
    const { ask, tokens, header, claims, sessions, endSession } = setup();
    const sameSession = [
      tokens.valid,
      tokens.signed({ ...header, kid: '2025' }, claims, KEYS.old.privateKey),
      tokens.signed(header, JSON.stringify(claims, null, 1)),
    ];
    const principal = await sessions.verify(tokens.valid);

    await endSession(principal ?? { tenant: '', owner: '' });
    await endSession(principal ?? { tenant: '', owner: '' });

    for (const token of sameSession) expect(await ask(token)).toEqual(UNIFORM);
    expect((await ask(tokens.signed(header, { ...claims, jti: 'token-2' }))).status).toBe(200);
  });

  it('E2: is over also where only the store knows', async () => {
    const { ask, tokens, claims, sessionStore } = setup();
    const session = { issuer: ISSUER, id: claims.jti, tenant: 'acme', owner: claims.sub };
    await sessionStore.deny({ ...session, createdAt: 1, expiresAt: claims.exp * 1000 }, 1);

    expect(await ask(tokens.valid)).toEqual(UNIFORM);
  });
});

describe('the keys of an issuer outside', () => {
  it('are fetched once for many tokens, and again for unknown ids no more often than the cool-down', async () => {
    const { ask, tokens, header } = setup();

    for (let times = 0; times < 20; times += 1) {
      await ask(tokens.valid);
      await ask(tokens.signed({ ...header, kid: `guess-${times}` }));
    }

    expect(asked).toEqual(['/keys']);
  });

  it.each([
    ['answers an error', { status: 500 }],
    ['answers no keys', { keys: '<html>' }],
    ['answers no set of keys', { keys: { keys: 'none' } }],
    ['answers without end', { keys: JSON.stringify({ keys: [], more: 'a'.repeat(300_000) }) }],
    ['sends elsewhere', { status: 302, location: '/elsewhere' }],
  ])(
    'refuse nobody while their address %s: the answer is 503, and it is left alone for a while',
    async (_name, trouble) => {
      const { ask, tokens, clock } = setup();
      const healthy = { ...answers };
      Object.assign(answers, trouble);

      const first = await ask(tokens.valid);
      const second = await ask(tokens.valid);

      expect([first.status, second.status]).toEqual([503, 503]);
      expect(asked).not.toContain('/elsewhere');
      const before = asked.length;
      Object.assign(answers, healthy);
      clock.tick(5_000);
      expect((await ask(tokens.valid)).status).toBe(200);
      expect(asked.length).toBe(before + 1);
    },
  );
});

describe('the configuration of an issuer outside', () => {
  const outside = { issuer: ISSUER, audience: 'sluice', jwksUrl: 'https://login.example.org/keys' };
  const read = (value: unknown) =>
    readConfig(['EXTERNAL_ISSUER'], {
      EXTERNAL_ISSUER: value === undefined ? '' : JSON.stringify(value),
    });

  it('names where its keys are and which claims count', () => {
    expect(read(outside).EXTERNAL_ISSUER).toEqual({
      ...outside,
      tenantClaim: 'tenant',
      userClaim: 'sub',
    });
    expect(read(undefined).EXTERNAL_ISSUER).toBeUndefined();
  });

  it.each([
    ['keys on an open way', { ...outside, jwksUrl: 'http://login.example.org/keys' }],
    ['keys in a file', { ...outside, jwksUrl: 'file:///etc/keys' }],
    ['no audience', { ...outside, audience: '' }],
    ['an issuer that is ours', { ...outside, issuer: 'urn:sluice:prod' }],
    ['a misspelt field', { ...outside, jwks_url: 'x' }],
  ])('is refused with %s', (_name, value) => {
    expect(() => read(value)).toThrow('EXTERNAL_ISSUER');
  });
});
