/** The key that signs new sessions. */
import { type SigningKey, signingKey } from '../../contracts/session.ts';
import { readParameter } from '../parameter.ts';

/**
 * @param source `ssm:/path/of/a/parameter`, or a private JWK as text.
 * @throws Error that says what is wrong with the key, and nothing of what is in it.
 */
export const loadSigningKey = async (source: string): Promise<SigningKey> => {
  const { text, name } = await readParameter(source);
  try {
    return signingKey.parse(JSON.parse(text));
  } catch {
    const where = name ?? 'SESSION_SIGNING_KEY';
    throw new Error(`${where} holds no Ed25519 key with a "kid", as a private JWK: set one.`);
  }
};
