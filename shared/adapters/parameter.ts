/** A secret text of the deployment: in Parameter Store when deployed, the variable itself on a laptop. Never the template. */
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

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
 * @param source `ssm:/path/of/a/parameter`, or the text itself.
 * @returns the text, and the name of the parameter it came from.
 */
export const readParameter = async (
  source: string,
): Promise<{ readonly text: string; readonly name: string | undefined }> => {
  const name = PARAMETER.exec(source)?.[1];
  return { text: name === undefined ? source : await parameter(name), name };
};
