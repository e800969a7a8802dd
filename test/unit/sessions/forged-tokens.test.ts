/** FAULTS E1 and E2: whatever is wrong with a token, the answer is one and the same. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createTokenSigner } from '../../../shared/adapters/sessions/session-token.ts';
import type { Session } from '../../../shared/ports/session-store.ts';
import { tokensOf } from '../../support/forged-tokens.ts';
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

const {
  signed,
  valid,
  forged: FORGED,
} = tokensOf({
  header: HEADER,
  claims: CLAIMS,
  trusted: KEYS.new,
  foreign: KEYS.foreign,
});

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

  it.each(FORGED)('E1: is refused with one and the same answer: %s', async (_name, token) => {
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
