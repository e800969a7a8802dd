/** FAULTS E1 and E2: whatever is wrong with a token, the answer is one and the same. */
import { createHmac, createSign, generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTokenSigner } from '../../../shared/adapters/sessions/session-token.ts';
import type { Session } from '../../../shared/ports/session-store.ts';
import { createSessionWorld, ISSUER, KEYS } from '../../support/session-world.ts';

const world = createSessionWorld();
const NOW = Math.floor(world.clock.now() / 1000);
const HOUR = 3600;

const session: Session = {
  issuer: ISSUER,
  id: 'ses_1',
  tenant: 'acme',
  owner: 'ann',
  createdAt: NOW * 1000,
  expiresAt: (NOW + HOUR) * 1000,
};

const HEADER = { alg: 'EdDSA', kid: '2026', typ: 'sluice-session+jwt' };
const CLAIMS = {
  tenant: 'acme',
  iss: ISSUER,
  aud: `${ISSUER}:api`,
  sub: 'ann',
  jti: 'ses_1',
  iat: NOW,
  exp: NOW + HOUR,
};

const base64url = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token with a true signature of the newest key over whatever is in it. */
const signed = (header: unknown = HEADER, payload: unknown = CLAIMS, key = KEYS.new.privateKey) => {
  const text = `${base64url(header)}.${base64url(payload)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
};

const without = (claim: keyof typeof CLAIMS) => {
  const { [claim]: _, ...rest } = CLAIMS;
  return rest;
};

const hmac = (header: object, secret: string | Buffer) => {
  const text = `${base64url(header)}.${base64url(CLAIMS)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};

const byRsa = () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const text = `${base64url({ ...HEADER, alg: 'RS256' })}.${base64url(CLAIMS)}`;
  return `${text}.${createSign('sha256').update(text).sign(privateKey).toString('base64url')}`;
};

/** The same bytes with the slack bits of the last character set. */
const withSlackBits = (part: string): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return `${part.slice(0, -1)}${alphabet[alphabet.indexOf(part.at(-1) ?? '') | 1]}`;
};

const valid = signed();
const [head = '', body = '', signature = ''] = valid.split('.');
const { x } = KEYS.foreign.publicJwk;
const jwk = { kty: 'OKP', crv: 'Ed25519', x };
const foreign = KEYS.foreign.privateKey;

const FORGED: readonly (readonly [string, string])[] = [
  ['alg none and no signature', `${base64url({ ...HEADER, alg: 'none' })}.${body}.`],
  ['alg None', `${base64url({ ...HEADER, alg: 'None' })}.${body}.`],
  ['alg none with a signature', `${base64url({ ...HEADER, alg: 'none' })}.${body}.${signature}`],
  [
    'HS256 with the public key as the secret',
    hmac({ ...HEADER, alg: 'HS256' }, KEYS.new.publicJwk.x ?? ''),
  ],
  ['HS256 with an empty secret', hmac({ ...HEADER, alg: 'HS256' }, '')],
  ['RS256 of a key of its own', byRsa()],
  ['an empty signature', `${head}.${body}.`],
  ['no signature part', `${head}.${body}`],
  ['the signature of other claims', `${head}.${base64url({ ...CLAIMS, sub: 'bob' })}.${signature}`],
  ['a foreign key under a known kid', signed(HEADER, CLAIMS, foreign)],
  ['a key it brings along (jwk)', signed({ ...HEADER, jwk }, CLAIMS, foreign)],
  ['a true signature beside a jwk', signed({ ...HEADER, jwk })],
  [
    'an address of keys (jku)',
    signed({ ...HEADER, jku: 'http://127.0.0.1:1/keys' }, CLAIMS, foreign),
  ],
  [
    'an address of a certificate (x5u)',
    signed({ ...HEADER, x5u: 'http://127.0.0.1:1/x' }, CLAIMS, foreign),
  ],
  ['a certificate (x5c)', signed({ ...HEADER, x5c: ['MIIB'] }, CLAIMS, foreign)],
  ['a critical extension', signed({ ...HEADER, crit: ['exp'] })],
  ['a kid that is a path', signed({ ...HEADER, kid: '../../../../dev/null' })],
  ['a kid that is SQL', signed({ ...HEADER, kid: "x' UNION SELECT 'key" })],
  ['a kid that every object has', signed({ ...HEADER, kid: '__proto__' })],
  ['no kid', signed({ alg: HEADER.alg, typ: HEADER.typ })],
  ['another kind of JWT', signed({ ...HEADER, typ: 'JWT' })],
  ['another issuer', signed(HEADER, { ...CLAIMS, iss: 'urn:sluice:prod' })],
  ['another audience', signed(HEADER, { ...CLAIMS, aud: 'urn:other' })],
  ['several audiences', signed(HEADER, { ...CLAIMS, aud: [CLAIMS.aud, 'urn:other'] })],
  ['no exp', signed(HEADER, without('exp'))],
  ['an exp in 1970', signed(HEADER, { ...CLAIMS, exp: 1 })],
  ['an exp in 9999', signed(HEADER, { ...CLAIMS, exp: 253_402_300_799 })],
  ['an exp that is text', signed(HEADER, { ...CLAIMS, exp: String(CLAIMS.exp) })],
  ['an iat in the future', signed(HEADER, { ...CLAIMS, iat: NOW + 60 })],
  ['an nbf in the future', signed(HEADER, { ...CLAIMS, nbf: NOW + 60 })],
  ['no jti', signed(HEADER, without('jti'))],
  ['a jti of no session', signed(HEADER, { ...CLAIMS, jti: 'ses_2' })],
  ['another tenant than the session’s', signed(HEADER, { ...CLAIMS, tenant: 'other' })],
  ['another user than the session’s', signed(HEADER, { ...CLAIMS, sub: 'bob' })],
  ['a claim too many', signed(HEADER, { ...CLAIMS, admin: true })],
  ['duplicate claims', signed(HEADER, JSON.stringify(CLAIMS).replace('{', '{"tenant":"other",'))],
  ['spaces in its claims', signed(HEADER, JSON.stringify(CLAIMS, null, 1))],
  ['claims that are no JSON', signed(HEADER, 'tenant=acme')],
  ['claims that are null', signed(HEADER, 'null')],
  ['trailing garbage', `${valid}AAAA`],
  ['a fourth part', `${valid}.AAAA`],
  ['padding', `${valid}==`],
  ['slack bits in its signature', `${head}.${body}.${withSlackBits(signature)}`],
  [
    'the other base64 alphabet',
    `${head}.${body}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`,
  ],
  ['2 MB of claims', signed(HEADER, { ...CLAIMS, more: 'a'.repeat(2_000_000) })],
  ['9 KB of claims', signed(HEADER, { ...CLAIMS, more: 'a'.repeat(4_500) })],
  ['nothing but dots', '..'],
];

beforeAll(() => world.sessionStore.create(session));

describe('a token', () => {
  it('that is what our signer writes gets in', async () => {
    const own = await createTokenSigner(async () => KEYS.new.signing, world.terms).sign(session);

    expect(own).toBe(valid);
    expect(await world.ask(own)).toMatchObject({
      status: 200,
      body: { tenant: 'acme', owner: 'ann' },
    });
  });

  it('of a key that was rotated out of signing still gets in', async () => {
    const token = signed({ ...HEADER, kid: '2025' }, CLAIMS, KEYS.old.privateKey);

    expect((await world.ask(token)).status).toBe(200);
  });

  it('of one trusted key under the name of another does not', async () => {
    const token = signed({ ...HEADER, kid: '2025' });

    expect((await world.ask(token)).status).toBe(401);
  });

  it.each(FORGED)('is refused with one and the same answer: %s', async (_name, token) => {
    expect(token).not.toBe(valid);
    expect(await world.ask(token)).toEqual({
      status: 401,
      body: {
        type: 'urn:sluice:problem:unauthenticated',
        title: 'Send a valid session in the Authorization header.',
        status: 401,
        code: 'unauthenticated',
        requestId: 'request-1',
      },
    });
  });

  it('asks the store for no forged token', async () => {
    let asked = 0;
    const watched = createSessionWorld({
      store: (store) => ({
        find: (ref) => {
          asked += 1;
          return store.find(ref);
        },
      }),
    });
    for (const [name, token] of FORGED) {
      if (/session’s|of no session/.test(name)) continue;
      expect((await watched.ask(token)).status, name).toBe(401);
    }

    expect(asked).toBe(0);
  });
});
