/** The keys of the laptop, as the functions find them. Sessions of an earlier start do not count in a later one. */
import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';

export const makeSessionKeys = () => {
  const kid = randomUUID();
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    SESSION_PUBLIC_KEYS: JSON.stringify({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid }],
    }),
    SESSION_SIGNING_KEY: JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid }),
  };
};

/** The same at every start, so that webhooks that were kept go on; no secret, as they are on this machine. */
const webhookKey = {
  kty: 'oct',
  kid: 'laptop',
  k: createHash('sha256').update('laptop').digest('base64url'),
};

export const laptopSettings = {
  WEBHOOK_KEYS: JSON.stringify({ keys: [webhookKey] }),
  WEBHOOK_LOOPBACK: 'allowed',
  // One machine for one person: nobody has a neighbour here.
  TENANT_REQUESTS_PER_SECOND: '0',
  TENANT_POLLS_PER_SECOND: '0',
  TENANT_UPLOADS: '0',
  TENANT_BYTES: '0',
} as const;
