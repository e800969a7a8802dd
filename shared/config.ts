/** The only reader of the environment. Each function demands only its own variables, and names what is missing. */
import * as z from 'zod';
import { externalIssuer } from './contracts/external-issuer.ts';
import { publicKeys } from './contracts/session.ts';
import { isTenant } from './domain/object-key.ts';
import { MAX_FILE_BYTES } from './domain/parts.ts';
import { TYPE_POLICIES } from './domain/upload-options.ts';

const parsedJson = (text: unknown): unknown => {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
};

const variables = {
  STAGE: z.string().min(1),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  TABLE_NAME: z.string().min(1),
  UPLOADS_BUCKET: z.string().min(1),
  RESULTS_BUCKET: z.string().min(1),
  UPLOAD_EVENTS_QUEUE_URL: z.url(),
  LIGHT_QUEUE_URL: z.url(),
  HEAVY_QUEUE_URL: z.url(),
  FINALIZE_QUEUE_URL: z.url(),
  NOTIFICATIONS_QUEUE_URL: z.url(),
  DELETIONS_QUEUE_URL: z.url(),
  WEBHOOKS_QUEUE_URL: z.url(),
  REDIS_URL: z.url(),
  /** Where the SDK finds S3 on a laptop; S3 of the region in the cloud. What only signs addresses has no client to ask. */
  AWS_ENDPOINT_URL_S3: z.url().optional(),
  /** Where clamd listens: `tcp://host:port` or `unix:/path`. Empty means that no file is scanned. */
  CLAMD_URL: z
    .string()
    .regex(/^(?:tcp:\/\/(?:[^/:[\]]+|\[[0-9a-f:.]+\])(?::\d{1,5})?|unix:(?:\/\/)?\/[^?#]+)?$/i)
    .default(''),
  /** SQS hands a message to us at most so often; 5 is the least that Lambda's documentation advises. */
  MAX_RECEIVE_COUNT: z.coerce.number().int().min(2).default(5),
  /** Hash of the one development token; empty means that nobody gets in. */
  STATIC_SESSION_SHA256: z.string().regex(/^([0-9a-f]{64})?$/),
  /** A JWKS: every key whose sessions still count. Nothing in it is secret. Empty means that no session counts. */
  SESSION_PUBLIC_KEYS: z.preprocess((text) => (text ? parsedJson(text) : { keys: [] }), publicKeys),
  /** Whose users are users here too, as JSON. Empty: nobody's. */
  EXTERNAL_ISSUER: z.preprocess(
    (text) => (text ? parsedJson(text) : undefined),
    externalIssuer.optional(),
  ),
  /** The private key that signs new sessions: `ssm:` and a parameter's path, or a JWK. Only one function has it. */
  SESSION_SIGNING_KEY: z.string().default(''),
  /** What secrets of webhooks are derived from: `ssm:` and a parameter's path, or the keys as a JWKS. */
  WEBHOOK_KEYS: z.string().default(''),
  /** Whether webhooks may be on this very machine, at any port and without TLS. Only a laptop allows it. */
  WEBHOOK_LOOPBACK: z.enum(['allowed', '']).default(''),
  /** Of one tenant; bursts may be five seconds of it. 0: nobody counts. */
  TENANT_REQUESTS_PER_SECOND: z.coerce.number().min(0).default(0),
  TENANT_POLLS_PER_SECOND: z.coerce.number().min(0).default(0),
  /** What one tenant may have on its way that has no quota of its own; 0: as much as it likes. */
  TENANT_UPLOADS: z.coerce.number().int().min(0).default(0),
  TENANT_BYTES: z.coerce.number().int().min(0).default(0),
  /** The tenant of sessions that nobody needs an API key for; empty means that there are none. */
  ANONYMOUS_TENANT: z
    .string()
    .refine((tenant) => tenant === '' || isTenant(tenant))
    .default(''),
  /** What one file may have. */
  MAX_FILE_BYTES: z.coerce.number().int().min(1).max(MAX_FILE_BYTES).default(MAX_FILE_BYTES),
  /** The mildest policy of any upload; its client may ask for a stricter one. */
  TYPE_POLICY: z.enum(TYPE_POLICIES).default('accept'),
} as const;

type Variables = { readonly [Name in keyof typeof variables]: z.infer<(typeof variables)[Name]> };
export type VariableName = keyof Variables;
export type Config<Name extends VariableName> = Pick<Variables, Name>;

/**
 * The named variables, checked and frozen.
 * @throws Error naming every variable that is missing or malformed, never its value.
 */
export const readConfig = <const Name extends VariableName>(
  names: readonly Name[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config<Name> => {
  const wrong: string[] = [];
  const entries = names.map((name) => {
    const parsed = variables[name].safeParse(environment[name]);
    if (!parsed.success) wrong.push(name);
    return [name, parsed.data];
  });
  if (wrong.length > 0) {
    throw new Error(`Set these environment variables properly: ${wrong.join(', ')}.`);
  }
  // Object.fromEntries forgets which names it was given; each was checked by its own schema above.
  return Object.freeze(Object.fromEntries(entries)) as Config<Name>;
};
