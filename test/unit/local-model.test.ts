// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are CloudFormation placeholders
import { describe, expect, it } from 'vitest';
import { resolveIntrinsics } from '../../local/intrinsics.ts';
import { buildModel, type ServiceDescription } from '../../local/model.ts';

const queue = (name: string, properties: Record<string, unknown> = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName: name, ...properties },
});

const resources = {
  Bucket: {
    Type: 'AWS::S3::Bucket',
    Properties: {
      BucketName: { 'Fn::Sub': 'uploads-${AWS::AccountId}' },
      VersioningConfiguration: { Status: 'Enabled' },
      CorsConfiguration: {
        CorsRules: [
          {
            AllowedOrigins: ['http://localhost:3000'],
            AllowedMethods: ['POST'],
            AllowedHeaders: ['*'],
            ExposedHeaders: ['ETag'],
            MaxAge: 60,
          },
        ],
      },
      NotificationConfiguration: {
        QueueConfigurations: [
          {
            Event: 's3:ObjectCreated:*',
            Queue: { 'Fn::GetAtt': ['Work', 'Arn'] },
            Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'incoming/' }] } },
          },
        ],
      },
    },
  },
  Work: queue('work', {
    VisibilityTimeout: 60,
    MessageRetentionPeriod: 345600,
    SqsManagedSseEnabled: true,
    RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 5 },
  }),
  Dead: queue('work-dlq', {
    RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Last', 'Arn'] }, maxReceiveCount: 5 },
  }),
  Last: queue('last'),
  Table: {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      TableName: 'uploads',
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    },
  },
};

const service = (changes: Partial<ServiceDescription> = {}): ServiceDescription => ({
  environment: { TABLE_NAME: { Ref: 'Table' } },
  functions: {
    worker: {
      name: 'sluice-dev-worker',
      handler: 'functions/worker.handler',
      timeout: 10,
      environment: {
        WORK_QUEUE_URL: { Ref: 'Work' },
        REDIS_URL: { 'Fn::Sub': 'rediss://${Cache.Endpoint.Address}' },
      },
      events: [
        {
          sqs: {
            arn: { 'Fn::GetAtt': ['Work', 'Arn'] },
            batchSize: 5,
            maximumConcurrency: 3,
            functionResponseType: 'ReportBatchItemFailures',
          },
        },
      ],
    },
    sweep: {
      name: 'sluice-dev-sweep',
      handler: 'functions/sweep.handler',
      timeout: 60,
      events: [{ schedule: 'rate(1 minute)' }],
    },
    follow: {
      name: 'sluice-dev-follow',
      handler: 'functions/follow.handler',
      timeout: 120,
      url: {
        invokeMode: 'RESPONSE_STREAM',
        cors: {
          allowedOrigins: ['http://a'],
          allowedMethods: ['GET'],
          allowedHeaders: ['authorization'],
        },
      },
    },
  },
  resources,
  ...changes,
});

const options = {
  region: 'eu-central-1',
  sqs: 'http://127.0.0.1:4567',
  overrides: { REDIS_URL: 'redis://127.0.0.1:6390', UNDECLARED: 'never' },
};

describe('buildModel', () => {
  it('knows the functions that have a URL, and who may call them', () => {
    expect(buildModel(service(), options).urls).toEqual([
      {
        functionKey: 'follow',
        handler: 'functions/follow.handler',
        timeoutSeconds: 120,
        cors: {
          allowedOrigins: ['http://a'],
          allowedMethods: ['GET'],
          allowedHeaders: ['authorization'],
        },
      },
    ]);
  });

  it('gives each function its own and the common variables, resolved', () => {
    const { environments } = buildModel(service(), options);

    expect(environments.worker).toEqual({
      TABLE_NAME: 'uploads',
      WORK_QUEUE_URL: 'http://127.0.0.1:4567/000000000000/work',
      REDIS_URL: 'redis://127.0.0.1:6390',
    });
    expect(environments.sweep).toEqual({ TABLE_NAME: 'uploads' });
  });

  it('creates a dead-letter queue before the queue that redrives to it', () => {
    const { queues } = buildModel(service(), options);

    expect(queues.map(({ name }) => name)).toEqual(['last', 'work-dlq', 'work']);
  });

  it('keeps of a queue what SQS has an attribute for, as text', () => {
    const work = buildModel(service(), options).queues.find(({ name }) => name === 'work');

    expect(work?.attributes).toEqual({
      VisibilityTimeout: '60',
      MessageRetentionPeriod: '345600',
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: 'arn:aws:sqs:eu-central-1:000000000000:work-dlq',
        maxReceiveCount: 5,
      }),
    });
  });

  it('reads versions, CORS and notifications of a bucket', () => {
    expect(buildModel(service(), options).buckets).toEqual([
      {
        name: 'uploads-000000000000',
        versioned: true,
        cors: [
          {
            AllowedOrigins: ['http://localhost:3000'],
            AllowedMethods: ['POST'],
            AllowedHeaders: ['*'],
            ExposeHeaders: ['ETag'],
            MaxAgeSeconds: 60,
          },
        ],
        notifications: [
          {
            queueArn: 'arn:aws:sqs:eu-central-1:000000000000:work',
            events: ['s3:ObjectCreated:*'],
            prefix: 'incoming/',
          },
        ],
      },
    ]);
  });

  it('leaves out of a table what only AWS can do', () => {
    const [table] = buildModel(service(), options).tables;

    expect(table?.definition).toEqual({
      TableName: 'uploads',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    });
    expect(table?.ttlAttribute).toBe('expiresAt');
  });

  it('maps queues and schedules to their functions', () => {
    const { mappings, schedules } = buildModel(service(), options);

    expect(mappings).toEqual([
      {
        functionKey: 'worker',
        functionName: 'sluice-dev-worker',
        functionTimeoutSeconds: 10,
        queueName: 'work',
        batchSize: 5,
        windowSeconds: 0,
        maximumConcurrency: 3,
        reportsBatchItemFailures: true,
      },
    ]);
    expect(schedules).toEqual([{ functionKey: 'sweep', rate: 'rate(1 minute)' }]);
  });

  it('names what has no counterpart on a laptop instead of passing on an object', () => {
    const unknown = service({ environment: { CACHE: { 'Fn::GetAtt': ['Cache', 'Arn'] } } });

    expect(() => buildModel(unknown, options)).toThrow('!GetAtt Cache.Arn');
  });
});

describe('resolveIntrinsics', () => {
  const context = { ...options, resources };

  it.each([
    [{ Ref: 'AWS::Region' }, 'eu-central-1'],
    [{ Ref: 'Bucket' }, 'uploads-000000000000'],
    [{ 'Fn::GetAtt': 'Work.QueueName' }, 'work'],
    [
      { 'Fn::GetAtt': ['Table', 'Arn'] },
      'arn:aws:dynamodb:eu-central-1:000000000000:table/uploads',
    ],
    [
      { 'Fn::Sub': 'arn:${AWS::Partition}:s3:::${Bucket}/*' },
      'arn:aws:s3:::uploads-000000000000/*',
    ],
    [{ 'Fn::Sub': ['${a}-${Work.QueueName}', { a: { Ref: 'Table' } }] }, 'uploads-work'],
    [{ 'Fn::Sub': '${!literal}' }, '${literal}'],
    [{ 'Fn::Join': ['/', ['a', { Ref: 'Table' }]] }, 'a/uploads'],
    [{ plain: [1, { Ref: 'Table' }] }, { plain: [1, 'uploads'] }],
  ])('resolves %j', (value, expected) => {
    expect(resolveIntrinsics(value, context)).toEqual(expected);
  });

  it.each([
    [{ Ref: 'Nowhere' }, '!Ref Nowhere'],
    [{ 'Fn::GetAtt': ['Work', 'Color'] }, '!GetAtt Work.Color'],
    [{ 'Fn::Sub': '${Nowhere}' }, '!Ref Nowhere'],
  ])('refuses %j', (value, named) => {
    expect(() => resolveIntrinsics(value, context)).toThrow(named);
  });
});
