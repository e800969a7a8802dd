/** Queue attributes: their defaults, their ranges and how they are checked. */
import { SqsError } from './errors.ts';
import {
  maxDelaySeconds,
  maxMessageBytes,
  maxVisibilitySeconds,
  maxWaitSeconds,
  retentionSeconds,
} from './limits.ts';

export type QueueAttributes = Readonly<Record<string, string>>;

export type RedrivePolicy = {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
};

type Range = { readonly min: number; readonly max: number; readonly initial: number };

const numbers: Readonly<Record<string, Range>> = {
  VisibilityTimeout: { min: 0, max: maxVisibilitySeconds, initial: 30 },
  MessageRetentionPeriod: retentionSeconds,
  DelaySeconds: { min: 0, max: maxDelaySeconds, initial: 0 },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: maxWaitSeconds, initial: 0 },
  MaximumMessageSize: { min: 1024, max: maxMessageBytes, initial: maxMessageBytes },
};

/** Kept and given back; the local queue neither encrypts nor checks policies. */
const keptAsGiven = new Set([
  'Policy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
  'RedriveAllowPolicy',
]);

const fifoOnly = new Set([
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
]);

export const defaultAttributes = (): QueueAttributes => ({
  ...Object.fromEntries(Object.entries(numbers).map(([name, { initial }]) => [name, `${initial}`])),
  SqsManagedSseEnabled: 'true',
});

/** Seconds or bytes of an attribute that every queue has. */
export const numberOf = (attributes: QueueAttributes, name: string): number =>
  Number(attributes[name]);

/** Merges checked changes. An empty value removes a policy, as SetQueueAttributes does. */
export const changeAttributes = (
  attributes: QueueAttributes,
  changes: QueueAttributes,
): QueueAttributes => {
  const merged: Record<string, string> = { ...attributes };
  for (const [name, value] of Object.entries(changes)) {
    check(name, value);
    if (value === '') delete merged[name];
    else merged[name] = value;
  }
  return merged;
};

const check = (name: string, value: string): void => {
  const range = numbers[name];
  if (range) {
    const given = Number(value);
    if (value !== '' && Number.isInteger(given) && given >= range.min && given <= range.max) return;
    throw new SqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
  }
  if (name === 'RedrivePolicy') {
    if (value !== '') readRedrivePolicy({ RedrivePolicy: value });
    return;
  }
  if (fifoOnly.has(name)) {
    throw new SqsError('UnsupportedOperation', `${name}: the local SQS has standard queues only.`);
  }
  if (!keptAsGiven.has(name)) {
    throw new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
};

/** The redrive policy, or undefined where there is none. Throws on one that SQS would refuse. */
export const readRedrivePolicy = (attributes: QueueAttributes): RedrivePolicy | undefined => {
  const text = attributes.RedrivePolicy;
  if (text === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw badPolicy(text);
  }
  if (typeof parsed !== 'object' || parsed === null) throw badPolicy(text);
  const { deadLetterTargetArn, maxReceiveCount } = parsed as Record<string, unknown>;
  // CloudFormation and the console send the count as a string, code sends a number; SQS takes both.
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== 'string') throw badPolicy(text);
  if (!Number.isInteger(count) || count < 1 || count > 1000) throw badPolicy(text);
  return { deadLetterTargetArn, maxReceiveCount: count };
};

const badPolicy = (text: string): SqsError =>
  new SqsError(
    'InvalidParameterValueException',
    `Value ${text} for parameter RedrivePolicy is invalid. Reason: it needs a deadLetterTargetArn and a maxReceiveCount from 1 to 1000.`,
  );
