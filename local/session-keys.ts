/** A key pair for the sessions of one start: sessions of an earlier start do not count in a later one. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';

export type SessionKeys = {
  /** A JWKS, as SESSION_PUBLIC_KEYS wants it. */
  readonly publicKeys: string;
  /** A private JWK, as SESSION_SIGNING_KEY wants it. */
  readonly signingKey: string;
};

export const makeSessionKeys = (): SessionKeys => {
  const kid = randomUUID();
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKeys: JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid }] }),
    signingKey: JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid }),
  };
};
