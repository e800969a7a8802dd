/** serverless.yml read as what the laptop must have: tables, buckets, queues, mappings and each function's environment. Pure. */
import {
  type IntrinsicsContext,
  isRecord,
  type ResourceDescription,
  resolveIntrinsics,
} from './intrinsics.ts';
import {
  type BucketModel,
  buildBucket,
  buildQueue,
  buildTable,
  inRedriveOrder,
  type QueueModel,
  record,
  strings,
  type TableModel,
} from './model-resources.ts';

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
