/** Keeps the laptop stack on this machine: no other host, nobody's real credentials. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** Credentials that the local S3, SQS and DynamoDB accept, and that no real account has. */
export const localCredentials = {
  accessKeyId: 'sluice-local',
  secretAccessKey: 'sluice-local-secret',
} as const;

export const localRegion = 'eu-central-1';

export type LocalEndpoints = {
  readonly s3: string;
  readonly sqs: string;
  readonly dynamodb: string;
};

/** Throws one sentence if a variable that would send our requests elsewhere names another host. */
export const assertLoopback = (environment: Environment): void => {
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('AWS_ENDPOINT_URL') && name !== 'REDIS_URL') continue;
    if (!value || isLoopback(value)) continue;
    throw new Error(
      `${name} points to ${hostOf(value) ?? 'something that is no URL'}, and the laptop stack only ever talks to this machine: unset ${name} and start again.`,
    );
  }
};

/** The AWS_* variables of everything local. They replace all those of the shell, which may be real. */
export const awsEnvironment = (endpoints: LocalEndpoints): Readonly<Record<string, string>> => ({
  AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  AWS_REGION: localRegion,
  AWS_DEFAULT_REGION: localRegion,
  AWS_ENDPOINT_URL_S3: endpoints.s3,
  AWS_ENDPOINT_URL_SQS: endpoints.sqs,
  AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
  // A profile in ~/.aws could bring back real credentials or another endpoint.
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
});

export const withoutAws = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')));

const isLoopback = (url: string) => {
  const host = hostOf(url);
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host ?? '');
};

const hostOf = (url: string) => {
  try {
    return new URL(url).hostname;
  } catch {
    return undefined;
  }
};
