/** Where the signing key comes from: Parameter Store when deployed, the variable itself on a laptop. Never the template. */
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type SigningKey, signingKey } from '../../contracts/session.ts';

const PARAMETER = /^ssm:(\/[\w./-]+)$/;

const parameter = async (name: string): Promise<string> => {
  const client = new SSMClient({});
  try {
    const command = new GetParameterCommand({ Name: name, WithDecryption: true });
    return (await client.send(command)).Parameter?.Value ?? '';
  } finally {
    client.destroy();
  }
};

/**
 * @param source `ssm:/path/of/a/parameter`, or a private JWK as text.
 * @throws Error that says what is wrong with the key, and nothing of what is in it.
 */
export const loadSigningKey = async (source: string): Promise<SigningKey> => {
  const name = PARAMETER.exec(source)?.[1];
  const text = name === undefined ? source : await parameter(name);
  try {
    return signingKey.parse(JSON.parse(text));
  } catch {
    const where = name ?? 'SESSION_SIGNING_KEY';
    throw new Error(`${where} holds no Ed25519 key with a "kid", as a private JWK: set one.`);
  }
};
