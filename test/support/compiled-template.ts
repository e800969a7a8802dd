/** Packages the project once, without an account or a network, and answers questions about the compiled template. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';

const run = promisify(execFile);
const projectDir = fileURLToPath(new URL('../..', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: a compiled template has no type that could be named
export type Loose = any;
export type Properties = Record<string, Loose>;
export type Resource = { readonly Type: string; readonly Properties: Properties } & Properties;
type Resources = Readonly<Record<string, Resource>>;

/** Rules that a resource may break, each with its reason. */
export const exceptions: Readonly<Record<string, string>> = {
  'AccessLogsBucket/versioning':
    'S3 appends logs and nothing overwrites them; they expire after 90 days.',
  'AccessLogsBucket/access-log': 'Logging the log bucket into itself would never end.',
  'ServerlessDeploymentBucket/access-log': 'Holds our own code only; made by the framework.',
  'FollowDashuploadLambdaFunctionUrl/url-auth':
    'Browsers cannot sign for IAM. Its first act is our own session check, and its concurrency is bounded (ADR 0014).',
};

/** Writes the package into `dir`. */
export const packageInto = async (dir: string): Promise<Template> => {
  const environment = Object.entries(process.env).filter(([name]) => !/^AWS_/.test(name));
  // Nothing of a real account in reach, and a proxy that refuses: packaging must need neither.
  const nowhere = 'http://127.0.0.1:9';
  const framework = join(projectDir, 'node_modules/serverless/bin/serverless.js');
  await run(process.execPath, [framework, 'package', '--package', dir], {
    cwd: projectDir,
    env: {
      ...Object.fromEntries(environment),
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      HTTP_PROXY: nowhere,
      HTTPS_PROXY: nowhere,
      npm_config_registry: nowhere,
    },
    timeout: 280_000,
  });
  const text = await readFile(join(dir, 'cloudformation-template-update-stack.json'), 'utf8');
  return readTemplate(JSON.parse(text).Resources);
};

export type Template = ReturnType<typeof readTemplate>;

const readTemplate = (resources: Resources) => {
  const ofType = (type: string) =>
    Object.entries(resources).filter(([, resource]) => resource.Type === type);
  return {
    resources,
    ofType,
    /** The logical ids that break the rule, without those that may. */
    breaking: (
      type: string,
      rule: string,
      holds: (properties: Properties, id: string) => boolean,
    ) => {
      const found = ofType(type);
      expect(found.length, `${type} in the template`).toBeGreaterThan(0);
      return found
        .filter(([id, { Properties }]) => !holds(Properties ?? {}, id))
        .map(([id]) => id)
        .filter((id) => !(`${id}/${rule}` in exceptions));
    },
    /** The statements of the resource policies that name `id` in `target`. */
    policiesOf: (type: string, target: string, id: string) =>
      ofType(type)
        .filter(([, { Properties }]) =>
          list(Properties[target]).some((entry) => referenced(entry) === id),
        )
        .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Properties[]),
    /** The queues that are mapped to a function. */
    queuesOf: (functionId: string) =>
      ofType('AWS::Lambda::EventSourceMapping')
        .filter(([, mapping]) => names(mapping.Properties.FunctionName, functionId))
        .map(([, mapping]) => referenced(mapping.Properties.EventSourceArn)),
  };
};

/** What a role says itself; nothing for one that only has AWS's policies for logs and traces. */
export const statementsOf = ({ Policies = [] }: Properties): readonly Properties[] =>
  (Policies as Properties[]).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

export const referenced = (value: Loose): string => value?.['Fn::GetAtt']?.[0] ?? value?.Ref;
export const names = (value: unknown, id: string) => JSON.stringify(value).includes(`"${id}"`);
export const list = (value: unknown): Loose[] => (Array.isArray(value) ? value : [value]);

export const deniesPlainHttp = (statements: readonly Properties[]) =>
  statements.some(
    ({ Effect, Condition }) =>
      Effect === 'Deny' && String(Condition?.Bool?.['aws:SecureTransport']) === 'false',
  );
