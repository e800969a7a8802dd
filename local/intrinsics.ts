/** The few CloudFormation functions that serverless.yml uses, resolved to what the laptop stack offers. */

export type ResourceDescription = {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
};

/** What a template refers to and where it is on this machine. `sqs` is a URL without a slash at its end. */
export type IntrinsicsContext = {
  readonly region: string;
  readonly sqs: string;
  readonly resources: Readonly<Record<string, ResourceDescription>>;
};

/** The account that every local ARN and queue URL names. */
export const localAccount = '000000000000';

type Names = Readonly<Record<string, (context: IntrinsicsContext, logicalId: string) => string>>;

const physicalName = (property: string) => (context: IntrinsicsContext, logicalId: string) =>
  text(resolveIntrinsics(context.resources[logicalId]?.Properties?.[property], context), logicalId);

const queueName = physicalName('QueueName');
const bucketName = physicalName('BucketName');
const tableName = physicalName('TableName');

const refs: Names = {
  'AWS::SQS::Queue': (context, id) => queueUrl(context, queueName(context, id)),
  'AWS::S3::Bucket': bucketName,
  'AWS::DynamoDB::Table': tableName,
};

const attributes: Names = {
  'AWS::SQS::Queue.Arn': (context, id) => queueArn(context, queueName(context, id)),
  'AWS::SQS::Queue.QueueName': queueName,
  'AWS::S3::Bucket.Arn': (context, id) => `arn:aws:s3:::${bucketName(context, id)}`,
  'AWS::DynamoDB::Table.Arn': (context, id) =>
    `arn:aws:dynamodb:${context.region}:${localAccount}:table/${tableName(context, id)}`,
};

/**
 * The value with every Ref, Fn::GetAtt, Fn::Sub and Fn::Join in it replaced.
 * Throws, naming the reference, for what has no counterpart on a laptop.
 */
export const resolveIntrinsics = (value: unknown, context: IntrinsicsContext): unknown => {
  if (Array.isArray(value)) return value.map((entry) => resolveIntrinsics(entry, context));
  if (!isRecord(value)) return value;
  const [name, ...others] = Object.keys(value);
  const intrinsic = name !== undefined && others.length === 0 ? intrinsics[name] : undefined;
  if (name !== undefined && intrinsic) return intrinsic(value[name], context);
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, resolveIntrinsics(entry, context)]),
  );
};

const queueUrl = (context: IntrinsicsContext, name: string) =>
  `${context.sqs}/${localAccount}/${name}`;

const queueArn = (context: IntrinsicsContext, name: string) =>
  `arn:aws:sqs:${context.region}:${localAccount}:${name}`;

const intrinsics: Readonly<
  Record<string, (argument: unknown, context: IntrinsicsContext) => unknown>
> = {
  Ref: (argument, context) => ref(text(argument, 'Ref'), context),
  'Fn::GetAtt': (argument, context) => {
    const path = Array.isArray(argument) ? argument.join('.') : text(argument, 'Fn::GetAtt');
    return getAtt(path, context);
  },
  'Fn::Sub': (argument, context) => {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    return substitute(text(template, 'Fn::Sub'), resolveIntrinsics(variables, context), context);
  },
  'Fn::Join': (argument, context) => {
    const [separator, parts] = Array.isArray(argument) ? argument : [];
    if (!Array.isArray(parts)) throw unresolvable(`Fn::Join ${JSON.stringify(argument)}`);
    return parts
      .map((part) => text(resolveIntrinsics(part, context), 'Fn::Join'))
      .join(text(separator, 'Fn::Join'));
  },
};

const ref = (logicalId: string, context: IntrinsicsContext) => {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::AccountId': localAccount,
    'AWS::Partition': 'aws',
    'AWS::Region': context.region,
  };
  const resolve = refs[context.resources[logicalId]?.Type ?? ''];
  const found = pseudo[logicalId] ?? resolve?.(context, logicalId);
  if (found === undefined) throw unresolvable(`!Ref ${logicalId}`);
  return found;
};

const getAtt = (path: string, context: IntrinsicsContext) => {
  const [logicalId = '', ...attribute] = path.split('.');
  const resolve = attributes[`${context.resources[logicalId]?.Type}.${attribute.join('.')}`];
  if (!resolve) throw unresolvable(`!GetAtt ${path}`);
  return resolve(context, logicalId);
};

const substitute = (template: string, variables: unknown, context: IntrinsicsContext) =>
  template.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    // "${!name}" is CloudFormation's way to write "${name}" itself.
    if (literal) return `\${${name}}`;
    if (isRecord(variables) && name in variables) return text(variables[name], name);
    return name.includes('.') ? getAtt(name, context) : ref(name, context);
  });

const text = (value: unknown, where: string): string => {
  if (typeof value === 'string') return value;
  throw unresolvable(`${where}: ${JSON.stringify(value)} is no string`);
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const unresolvable = (what: string) =>
  new Error(`serverless.yml uses something that the laptop stack has no counterpart for: ${what}`);
