/** serverless.yml read as what the laptop must have: tables, buckets, queues, mappings and each function's environment. Pure. */
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import {
  type IntrinsicsContext,
  isRecord,
  type ResourceDescription,
  resolveIntrinsics,
} from './intrinsics.ts';

export type FunctionDescription = {
  readonly name: string;
  readonly handler: string;
  readonly timeout: number;
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly events?: ReadonlyArray<Readonly<Record<string, unknown>>>;
  /** `true`, or its settings. */
  readonly url?: unknown;
};

/** The resolved serverless.yml, as the framework hands it to our plugin. */
export type ServiceDescription = {
  readonly environment: Readonly<Record<string, unknown>>;
  readonly functions: Readonly<Record<string, FunctionDescription>>;
  readonly resources: Readonly<Record<string, ResourceDescription>>;
};

/** `attributes` are those of SQS CreateQueue; queues that others redrive to come first. */
export type QueueModel = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
};

export type NotificationModel = {
  readonly queueArn: string;
  readonly events: readonly string[];
  readonly prefix: string;
};

export type CorsRuleModel = {
  readonly AllowedOrigins: string[];
  readonly AllowedMethods: string[];
  readonly AllowedHeaders: string[];
  readonly ExposeHeaders: string[];
  readonly MaxAgeSeconds: number;
};

export type BucketModel = {
  readonly name: string;
  readonly versioned: boolean;
  readonly cors: readonly CorsRuleModel[];
  readonly notifications: readonly NotificationModel[];
};

export type TableModel = {
  readonly name: string;
  readonly definition: CreateTableCommandInput;
  readonly ttlAttribute: string | undefined;
};

export type MappingModel = {
  readonly functionKey: string;
  readonly functionName: string;
  readonly functionTimeoutSeconds: number;
  readonly queueName: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly maximumConcurrency: number | undefined;
  readonly reportsBatchItemFailures: boolean;
};

export type ScheduleModel = { readonly functionKey: string; readonly rate: string };

export type UrlModel = {
  readonly functionKey: string;
  /** `functions/name.export`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly cors:
    | {
        readonly allowedOrigins: readonly string[];
        readonly allowedMethods: readonly string[];
        readonly allowedHeaders: readonly string[];
      }
    | undefined;
};

export type LocalModel = {
  readonly queues: readonly QueueModel[];
  readonly buckets: readonly BucketModel[];
  readonly tables: readonly TableModel[];
  readonly mappings: readonly MappingModel[];
  readonly schedules: readonly ScheduleModel[];
  readonly urls: readonly UrlModel[];
  /** By function key: what the function finds in process.env. */
  readonly environments: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

export type ModelOptions = {
  readonly region: string;
  readonly sqs: string;
  /** Replaces a variable that a function declares (REDIS_URL …) and adds none that it does not. */
  readonly overrides: Readonly<Record<string, string>>;
};

/** Throws, naming the place, for what serverless.yml says and the laptop cannot do. */
export const buildModel = (service: ServiceDescription, options: ModelOptions): LocalModel => {
  const context: IntrinsicsContext = { ...options, resources: service.resources };
  const ofType = <Model>(
    type: string,
    build: (properties: Record<string, unknown>) => Model,
  ): readonly Model[] =>
    Object.values(service.resources)
      .filter((resource) => resource.Type === type)
      .map((resource) => build(record(resolveIntrinsics(resource.Properties ?? {}, context))));
  return {
    queues: inRedriveOrder(ofType('AWS::SQS::Queue', buildQueue)),
    buckets: ofType('AWS::S3::Bucket', buildBucket),
    tables: ofType('AWS::DynamoDB::Table', buildTable),
    mappings: Object.entries(service.functions).flatMap(([key, definition]) =>
      buildMappings(key, definition, context),
    ),
    schedules: Object.entries(service.functions).flatMap(([functionKey, definition]) =>
      eventsOf(definition, 'schedule').map((schedule) => ({
        functionKey,
        rate: String(isRecord(schedule) ? schedule.rate : schedule),
      })),
    ),
    urls: Object.entries(service.functions)
      .filter(([, { url }]) => url !== undefined)
      .map(([key, definition]) => buildUrl(key, definition)),
    environments: Object.fromEntries(
      Object.entries(service.functions).map(([key, definition]) => [
        key,
        buildEnvironment(
          { ...service.environment, ...definition.environment },
          { context, options },
        ),
      ]),
    ),
  };
};

const queueAttributes = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
] as const;

const buildQueue = (properties: Record<string, unknown>): QueueModel => ({
  name: String(properties.QueueName),
  attributes: {
    ...Object.fromEntries(
      queueAttributes
        .filter((name) => properties[name] !== undefined)
        .map((name) => [name, String(properties[name])]),
    ),
    ...(properties.RedrivePolicy === undefined
      ? {}
      : { RedrivePolicy: JSON.stringify(properties.RedrivePolicy) }),
  },
});

/** SQS refuses a redrive policy that names a queue which is not there yet. */
const inRedriveOrder = (queues: readonly QueueModel[]): readonly QueueModel[] => {
  const depth = (queue: QueueModel): number => {
    const target = queues.find((other) =>
      queue.attributes.RedrivePolicy?.includes(`:${other.name}"`),
    );
    return target ? depth(target) + 1 : 0;
  };
  return queues.toSorted((one, other) => depth(one) - depth(other));
};

const buildBucket = (properties: Record<string, unknown>): BucketModel => ({
  name: String(properties.BucketName),
  versioned: record(properties.VersioningConfiguration ?? {}).Status === 'Enabled',
  cors: records(record(properties.CorsConfiguration ?? {}).CorsRules).map((rule) => ({
    AllowedOrigins: strings(rule.AllowedOrigins),
    AllowedMethods: strings(rule.AllowedMethods),
    AllowedHeaders: strings(rule.AllowedHeaders),
    ExposeHeaders: strings(rule.ExposedHeaders),
    MaxAgeSeconds: Number(rule.MaxAge ?? 0),
  })),
  notifications: records(
    record(properties.NotificationConfiguration ?? {}).QueueConfigurations,
  ).map((configuration) => ({
    queueArn: String(configuration.Queue),
    events: [String(configuration.Event)],
    prefix: prefixOf(configuration),
  })),
});

const prefixOf = (configuration: Record<string, unknown>) => {
  const key = record(record(configuration.Filter ?? {}).S3Key ?? {});
  return String(records(key.Rules).find((rule) => rule.Name === 'prefix')?.Value ?? '');
};

const tableProperties = [
  'TableName',
  'BillingMode',
  'AttributeDefinitions',
  'KeySchema',
  'GlobalSecondaryIndexes',
] as const;

const buildTable = (properties: Record<string, unknown>): TableModel => {
  const ttl = record(properties.TimeToLiveSpecification ?? {});
  return {
    name: String(properties.TableName),
    // CloudFormation's properties of a table are named and shaped as CreateTable's members.
    definition: Object.fromEntries(
      tableProperties
        .filter((name) => properties[name] !== undefined)
        .map((name) => [name, properties[name]]),
    ) as unknown as CreateTableCommandInput,
    ttlAttribute: ttl.Enabled === true ? String(ttl.AttributeName) : undefined,
  };
};

const buildMappings = (
  functionKey: string,
  definition: FunctionDescription,
  context: IntrinsicsContext,
): readonly MappingModel[] =>
  eventsOf(definition, 'sqs').map((event) => {
    const sqs = record(resolveIntrinsics(isRecord(event) ? event : { arn: event }, context));
    return {
      functionKey,
      functionName: definition.name,
      functionTimeoutSeconds: definition.timeout,
      queueName: String(sqs.arn).split(':').at(-1) ?? '',
      batchSize: Number(sqs.batchSize ?? 10),
      windowSeconds: Number(sqs.maximumBatchingWindow ?? 0),
      maximumConcurrency:
        sqs.maximumConcurrency === undefined ? undefined : Number(sqs.maximumConcurrency),
      reportsBatchItemFailures: sqs.functionResponseType === 'ReportBatchItemFailures',
    };
  });

const eventsOf = (definition: FunctionDescription, kind: string): readonly unknown[] =>
  (definition.events ?? []).filter((event) => kind in event).map((event) => event[kind]);

const buildUrl = (functionKey: string, definition: FunctionDescription): UrlModel => {
  const { handler, timeout, url } = definition;
  const { cors } = isRecord(url) ? url : {};
  const allowed = isRecord(cors) ? cors : undefined;
  return {
    functionKey,
    handler,
    timeoutSeconds: timeout,
    cors: allowed && {
      allowedOrigins: strings(allowed.allowedOrigins),
      allowedMethods: strings(allowed.allowedMethods),
      allowedHeaders: strings(allowed.allowedHeaders),
    },
  };
};

const buildEnvironment = (
  declared: Readonly<Record<string, unknown>>,
  { context, options }: { readonly context: IntrinsicsContext; readonly options: ModelOptions },
) =>
  Object.fromEntries(
    Object.entries(declared).map(([name, value]) => [
      name,
      options.overrides[name] ?? String(resolveIntrinsics(value, context)),
    ]),
  );

const record = (value: unknown): Record<string, unknown> => {
  if (isRecord(value)) return value;
  throw new Error(`serverless.yml: expected an object, found ${JSON.stringify(value)}`);
};

const records = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.map(record) : [];

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
