/** SQS actions on whole queues. */
import { SqsError } from './errors.ts';
import {
  optionalInteger,
  optionalText,
  type Parameters,
  text,
  textMap,
  texts,
} from './parameters.ts';
import { purgeQueue, type Queue, queueCounts } from './queue.ts';
import { changeAttributes } from './queue-attributes.ts';
import {
  deleteQueue,
  getByName,
  getByUrl,
  openQueue,
  type Registry,
  requireDeadLetterTarget,
  sourcesOf,
} from './registry.ts';

/** What an action may use. `origin` is where the client reached us. */
export type ActionContext = {
  readonly registry: Registry;
  readonly origin: string;
  readonly senderId: string;
  readonly gone: AbortSignal;
};

/** The answer's members; `undelivered` undoes what only a living client may keep. */
export type Answer = {
  readonly members: Readonly<Record<string, unknown>>;
  readonly undelivered?: () => void;
};

export type Action = (parameters: Parameters, context: ActionContext) => Answer | Promise<Answer>;

export const nothing: Answer = { members: {} };

const queueUrl = ({ registry, origin }: ActionContext, queue: Queue): string =>
  `${origin}/${registry.accountId}/${queue.name}`;

/** The queue a request is about. */
export const queueOf = (parameters: Parameters, { registry }: ActionContext): Queue =>
  getByUrl(registry, text(parameters, 'QueueUrl'));

const createQueueAction: Action = (parameters, context) => {
  const queue = openQueue(context.registry, {
    name: text(parameters, 'QueueName'),
    attributes: textMap(parameters, 'Attributes'),
    tags: textMap(parameters, 'tags'),
  });
  return { members: { QueueUrl: queueUrl(context, queue) } };
};

const getQueueUrl: Action = (parameters, context) => {
  const queue = getByName(context.registry, text(parameters, 'QueueName'));
  return { members: { QueueUrl: queueUrl(context, queue) } };
};

const getQueueAttributes: Action = (parameters, context) => {
  const queue = queueOf(parameters, context);
  const all = renderAttributes(queue);
  const wanted = texts(parameters, 'AttributeNames');
  if (wanted.length === 0) return nothing;
  if (wanted.includes('All')) return { members: { Attributes: all } };
  const known = wanted.filter((name) => all[name] !== undefined);
  return { members: { Attributes: Object.fromEntries(known.map((name) => [name, all[name]])) } };
};

const renderAttributes = (queue: Queue): Readonly<Record<string, string>> => {
  const { visible, inFlight, delayed } = queueCounts(queue);
  return {
    ...queue.attributes,
    QueueArn: queue.arn,
    CreatedTimestamp: `${Math.floor(queue.createdAt / 1000)}`,
    LastModifiedTimestamp: `${Math.floor(queue.changedAt / 1000)}`,
    ApproximateNumberOfMessages: `${visible}`,
    ApproximateNumberOfMessagesNotVisible: `${inFlight}`,
    ApproximateNumberOfMessagesDelayed: `${delayed}`,
  };
};

const setQueueAttributes: Action = (parameters, context) => {
  const queue = queueOf(parameters, context);
  const changed = changeAttributes(queue.attributes, textMap(parameters, 'Attributes'));
  requireDeadLetterTarget(context.registry, changed);
  queue.attributes = changed;
  queue.changedAt = Date.now();
  return nothing;
};

const listQueues: Action = (parameters, context) => {
  const prefix = optionalText(parameters, 'QueueNamePrefix') ?? '';
  const names = [...context.registry.queues.keys()].filter((name) => name.startsWith(prefix));
  const queues = names.sort().map((name) => getByName(context.registry, name));
  return page(parameters, 'QueueUrls', urls(context, queues));
};

const listDeadLetterSourceQueues: Action = (parameters, context) => {
  const sources = sourcesOf(context.registry, queueOf(parameters, context));
  // The one member SQS spells with a small letter.
  return page(parameters, 'queueUrls', urls(context, sources));
};

const urls = (context: ActionContext, queues: readonly Queue[]) =>
  queues.map((queue) => queueUrl(context, queue));

const page = (parameters: Parameters, member: string, found: readonly string[]): Answer => {
  const max = optionalInteger(parameters, 'MaxResults', { min: 1, max: 1000 });
  const token = optionalText(parameters, 'NextToken') ?? '0';
  const start = Number(token);
  if (!Number.isInteger(start) || start < 0) {
    throw new SqsError('InvalidParameterValueException', `Invalid or expired next token ${token}.`);
  }
  const end = start + (max ?? 1000);
  // Without MaxResults SQS gives no token, only the first 1000.
  const more = max !== undefined && end < found.length;
  const answer = { [member]: found.slice(start, end) };
  return { members: more ? { ...answer, NextToken: `${end}` } : answer };
};

export const queueActions: Readonly<Record<string, Action>> = {
  CreateQueue: createQueueAction,
  GetQueueUrl: getQueueUrl,
  GetQueueAttributes: getQueueAttributes,
  SetQueueAttributes: setQueueAttributes,
  ListQueues: listQueues,
  ListDeadLetterSourceQueues: listDeadLetterSourceQueues,
  DeleteQueue: (parameters, context) => {
    deleteQueue(context.registry, queueOf(parameters, context));
    return nothing;
  },
  PurgeQueue: (parameters, context) => {
    purgeQueue(queueOf(parameters, context));
    return nothing;
  },
  TagQueue: (parameters, context) => {
    const queue = queueOf(parameters, context);
    queue.tags = { ...queue.tags, ...textMap(parameters, 'Tags') };
    return nothing;
  },
  UntagQueue: (parameters, context) => {
    const queue = queueOf(parameters, context);
    const gone = new Set(texts(parameters, 'TagKeys'));
    queue.tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !gone.has(key)));
    return nothing;
  },
  ListQueueTags: (parameters, context) => ({
    members: { Tags: queueOf(parameters, context).tags },
  }),
};
