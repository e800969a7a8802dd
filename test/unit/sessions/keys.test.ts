import { describe, expect, it } from 'vitest';
import { loadSigningKey } from '../../../shared/adapters/sessions/signing-key.ts';
import { readConfig } from '../../../shared/config.ts';
import { KEYS, keyPair } from '../../support/session-world.ts';

describe('keys', () => {
  const jwks = (...keys: readonly object[]) => ({ SESSION_PUBLIC_KEYS: JSON.stringify({ keys }) });
  const read = (environment: Record<string, string>) =>
    readConfig(['SESSION_PUBLIC_KEYS'], environment).SESSION_PUBLIC_KEYS.keys.map(({ kid }) => kid);

  it('that count are a JWKS in the environment, in any number', () => {
    expect(read({})).toEqual([]);
    expect(read({ SESSION_PUBLIC_KEYS: '' })).toEqual([]);
    expect(read(jwks(KEYS.old.publicJwk, KEYS.new.publicJwk))).toEqual(['2025', '2026']);
  });

  it.each([
    ['no JSON', { SESSION_PUBLIC_KEYS: '{' }],
    ['a private key', jwks(KEYS.new.signing)],
    ['a key of another kind', jwks({ kty: 'oct', k: 'c2VjcmV0', kid: 'a' })],
    ['a key without an id', jwks({ ...KEYS.new.publicJwk, kid: undefined })],
  ])('are refused at the start, without a word of them: %s', (_name, environment) => {
    expect(() => read(environment)).toThrow(
      'Set these environment variables properly: SESSION_PUBLIC_KEYS.',
    );
  });

  it('that sign may stand in the variable itself', async () => {
    const { signing } = keyPair('mine');

    expect(await loadSigningKey(JSON.stringify(signing))).toEqual(signing);
  });

  it.each(['', '{', '{"kty":"oct","k":"c2VjcmV0"}', JSON.stringify(KEYS.new.publicJwk)])(
    'that cannot sign are an error that does not show them',
    async (source) => {
      const error = await loadSigningKey(source).catch((thrown: Error) => thrown);

      expect(String(error)).toContain('SESSION_SIGNING_KEY holds no Ed25519 key');
      expect(String(error)).not.toMatch(/c2VjcmV0|kty/);
    },
  );
});
