/** The static rules on what would be deployed, asked of the compiled template. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  exceptions,
  list,
  type Properties,
  packageInto,
  referenced,
  statementsOf,
  type Template,
} from '../support/compiled-template.ts';
import { describeBuckets } from './template-buckets.ts';
import { describeBundles } from './template-bundles.ts';
import { describeDoors } from './template-doors.ts';
import { describeQueues } from './template-queues.ts';

let dir: string;
let compiled: Template;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-package-'));
  compiled = await packageInto(dir);
}, 300_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

describe('package', () => {
  it('makes one zip per function', async () => {
    const zips = (await readdir(dir)).filter((name) => name.endsWith('.zip'));

    expect(zips).toHaveLength(compiled.ofType('AWS::Lambda::Function').length);
    expect(zips).toHaveLength((await readdir('functions')).length);
  });

  it('leaves the laptop out of every environment', () => {
    const text = JSON.stringify(compiled.ofType('AWS::Lambda::Function'));

    expect(text).not.toMatch(/127\.0\.0\.1|localhost|000000000000|IS_OFFLINE/);
  });
});

describeBundles(() => dir);

describe('functions', () => {
  it('run on arm64, on one current runtime, traced', () => {
    expect(
      compiled.breaking(
        'AWS::Lambda::Function',
        'runtime',
        (properties) =>
          properties.Runtime === 'nodejs24.x' &&
          properties.Architectures?.[0] === 'arm64' &&
          properties.TracingConfig?.Mode === 'Active',
      ),
    ).toEqual([]);
  });

  it('each have a role of their own', () => {
    const roles = compiled
      .ofType('AWS::Lambda::Function')
      .map(([, { Properties }]) => referenced(Properties.Role));

    expect(new Set(roles).size).toBe(roles.length);
    expect(roles.filter((role) => compiled.resources[role]?.Type !== 'AWS::IAM::Role')).toEqual([]);
  });

  it('that talk to Redis are in the private subnets, the others are not', () => {
    expect(
      compiled.breaking(
        'AWS::Lambda::Function',
        'vpc',
        (properties) =>
          'REDIS_URL' in properties.Environment.Variables ===
          (properties.VpcConfig?.SubnetIds?.length === 2),
      ),
    ).toEqual([]);
  });

  it('with a URL of their own let nobody in by IAM who may not, have no wildcard origin, and are bounded', () => {
    expect(
      compiled.breaking('AWS::Lambda::Url', 'url-auth', ({ AuthType }) => AuthType === 'AWS_IAM'),
    ).toEqual([]);
    expect(
      compiled.breaking('AWS::Lambda::Url', 'url-origins', ({ Cors, TargetFunctionArn }) => {
        const target = compiled.resources[referenced(TargetFunctionArn)];
        return (
          Cors?.AllowOrigins?.every((origin: string) => !origin.includes('*')) === true &&
          Cors.AllowCredentials !== true &&
          target?.Properties.ReservedConcurrentExecutions > 0
        );
      }),
    ).toEqual([]);
  });

  it('E21: hold no secret in their environment', () => {
    expect(
      compiled.breaking('AWS::Lambda::Function', 'secret', ({ Environment }) =>
        Object.entries(Environment.Variables).every(([name, value]) =>
          name === 'STATIC_SESSION_SHA256'
            ? value === ''
            : !/secret|password|token|private|credential/i.test(name) &&
              !/AKIA[0-9A-Z]{16}|-----BEGIN|:\/\/[^/${}]*:[^/${}]*@/.test(JSON.stringify(value)),
        ),
      ),
    ).toEqual([]);
  });
});

describeDoors(() => compiled);

describe('roles', () => {
  it('allow no action and no resource by a lone wildcard', () => {
    expect(
      compiled.breaking('AWS::IAM::Role', 'wildcard', (role) =>
        statementsOf(role).every(
          ({ Effect, Action, Resource, NotAction, NotResource }) =>
            Effect === 'Allow' &&
            NotAction === undefined &&
            NotResource === undefined &&
            list(Action).every((action) => /^[a-z0-9]+:[A-Za-z]+$/.test(action)) &&
            list(Resource).every((resource) => resource !== '*'),
        ),
      ),
    ).toEqual([]);
  });

  it('take from AWS only the managed policies for logs, network interfaces and traces', () => {
    const allowed = /\/(AWSLambda(VPCAccess|Basic)ExecutionRole|AWSXRayDaemonWriteAccess)$/;

    expect(
      compiled.breaking('AWS::IAM::Role', 'managed', ({ ManagedPolicyArns }) =>
        (ManagedPolicyArns as Properties[]).every((arn) => allowed.test(arn['Fn::Sub'])),
      ),
    ).toEqual([]);
  });

  it('of a function behind a queue may receive from exactly its queues', () => {
    const mismatched = compiled.ofType('AWS::Lambda::Function').filter(([id, { Properties }]) => {
      const mapped = compiled.queuesOf(id);
      const role = compiled.resources[referenced(Properties.Role)];
      const receivable = statementsOf(role?.Properties ?? {})
        .filter(({ Action }) => list(Action).includes('sqs:ReceiveMessage'))
        .flatMap(({ Resource }) => list(Resource).map(referenced));
      return JSON.stringify(mapped.toSorted()) !== JSON.stringify(receivable.toSorted());
    });

    expect(mismatched.map(([id]) => id)).toEqual([]);
  });
});

describeQueues(() => compiled);
describeBuckets(() => compiled);

describe('the rest', () => {
  it('keeps the table restorable, encrypted, on demand and past the stack', () => {
    const table = compiled.resources.UploadsTable;

    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    });
  });

  it('ends every log', () => {
    expect(
      compiled.breaking(
        'AWS::Logs::LogGroup',
        'retention',
        ({ RetentionInDays }) => RetentionInDays > 0,
      ),
    ).toEqual([]);
  });

  it('reaches Redis over TLS only', () => {
    const urls = compiled
      .ofType('AWS::Lambda::Function')
      .map(([, { Properties }]) => Properties.Environment.Variables.REDIS_URL)
      .filter((url) => url !== undefined);

    expect(urls.length).toBeGreaterThan(0);
    expect(urls.every((url) => url['Fn::Sub'].startsWith('rediss://'))).toBe(true);
  });

  it('has no way out of the network but endpoints', () => {
    const types = new Set(Object.values(compiled.resources).map(({ Type }) => Type));

    expect(types).not.toContain('AWS::EC2::NatGateway');
    expect(types).not.toContain('AWS::EC2::InternetGateway');
    expect(compiled.ofType('AWS::EC2::VPCEndpoint')).toHaveLength(3);
  });

  it('watches every function and every queue', () => {
    const watched = JSON.stringify(
      compiled.ofType('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.Dimensions),
    );
    const all = [
      ...compiled.ofType('AWS::Lambda::Function'),
      ...compiled.ofType('AWS::SQS::Queue'),
    ].map(([id]) => id);

    expect(all.filter((id) => !watched.includes(`"${id}"`))).toEqual([]);
  });

  it('logs and throttles the API', () => {
    expect(compiled.resources.HttpApiStage?.Properties).toMatchObject({
      AccessLogSettings: { DestinationArn: expect.anything() },
      DefaultRouteSettings: { ThrottlingRateLimit: expect.any(Number) },
    });
  });

  it('needs each of its exceptions', () => {
    const known = Object.keys(exceptions).filter(
      (exception) => !(exception.split('/')[0]! in compiled.resources),
    );

    expect(known).toEqual([]);
  });
});
