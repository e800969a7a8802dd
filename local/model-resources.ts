/** Queues, buckets and tables as CloudFormation describes them, read as what the laptop must have. Pure. */
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { isRecord } from './intrinsics.ts';

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

const queueAttributes = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
] as const;

export const buildQueue = (properties: Record<string, unknown>): QueueModel => ({
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
export const inRedriveOrder = (queues: readonly QueueModel[]): readonly QueueModel[] => {
  const depth = (queue: QueueModel): number => {
    const target = queues.find((other) =>
      queue.attributes.RedrivePolicy?.includes(`:${other.name}"`),
    );
    return target ? depth(target) + 1 : 0;
  };
  return queues.toSorted((one, other) => depth(one) - depth(other));
};

export const buildBucket = (properties: Record<string, unknown>): BucketModel => ({
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

export const buildTable = (properties: Record<string, unknown>): TableModel => {
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

export const record = (value: unknown): Record<string, unknown> => {
  if (isRecord(value)) return value;
  throw new Error(`serverless.yml: expected an object, found ${JSON.stringify(value)}`);
};

const records = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.map(record) : [];

export const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : [];
