/** All queues of one local SQS, found by name, by URL and by ARN. */
import { SqsError } from './errors.ts';
import type { Message } from './message.ts';
import { addToQueue, closeQueue, createQueue, type Queue, type SqsFaults } from './queue.ts';
import {
  changeAttributes,
  defaultAttributes,
  type QueueAttributes,
  readRedrivePolicy,
} from './queue-attributes.ts';

export type RegistryOptions = {
  readonly region: string;
  readonly accountId: string;
  readonly faults: SqsFaults;
};

export type Registry = RegistryOptions & { readonly queues: Map<string, Queue> };

export type Creation = {
  readonly name: string;
  readonly attributes: QueueAttributes;
  readonly tags: Readonly<Record<string, string>>;
};

export const createRegistry = (options: RegistryOptions): Registry => ({
  ...options,
  queues: new Map(),
});

/** Creates a queue, or finds the one of this name if it has the same attributes. */
export const openQueue = (registry: Registry, { name, attributes, tags }: Creation): Queue => {
  if (name.endsWith('.fifo')) {
    throw new SqsError('UnsupportedOperation', 'The local SQS has standard queues only.');
  }
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
    throw new SqsError(
      'InvalidParameterValueException',
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    );
  }
  const existing = registry.queues.get(name);
  if (existing) return confirmSame(existing, attributes);

  const merged = changeAttributes(defaultAttributes(), attributes);
  requireDeadLetterTarget(registry, merged);
  return placeQueue(registry, { name, attributes: merged, tags, createdAt: Date.now() });
};

/** Puts a queue with checked attributes in place, new or from a snapshot. */
export const placeQueue = (
  registry: Registry,
  queue: Creation & { readonly createdAt: number },
): Queue => {
  const { region, accountId, faults } = registry;
  const arn = `arn:aws:sqs:${region}:${accountId}:${queue.name}`;
  const deadLetter = (targetArn: string, message: Message): boolean => {
    const target = findByArn(registry, targetArn);
    if (!target) return false;
    // Id, time of sending and receive count stay; only the handles die with the old queue.
    addToQueue(target, {
      ...message,
      deadLetterSourceArn: arn,
      receivedElsewhere: message.receiveCount,
      visibleAt: Date.now(),
      receipt: 0,
    });
    return true;
  };
  const placed = createQueue({ ...queue, arn, faults, deadLetter });
  registry.queues.set(queue.name, placed);
  return placed;
};

export const deleteQueue = (registry: Registry, queue: Queue): void => {
  closeQueue(queue);
  registry.queues.delete(queue.name);
};

export const findByArn = (registry: Registry, arn: string): Queue | undefined => {
  const name = arn.split(':')[5] ?? '';
  const queue = registry.queues.get(name);
  return queue?.arn === arn ? queue : undefined;
};

/** The queue of a name. Throws QueueDoesNotExist. */
export const getByName = (registry: Registry, name: string): Queue => {
  const queue = registry.queues.get(name);
  if (queue) return queue;
  throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
};

/** Only the path of the URL counts, so that a kept state works on another port. */
export const getByUrl = (registry: Registry, queueUrl: string): Queue => {
  const path = queueUrl.match(/^https?:\/\/[^/]+\/(\d+)\/([^/]+)$/) ?? [];
  const [, accountId, name = ''] = path;
  if (accountId === undefined) {
    throw new SqsError('InvalidAddress', `The address ${queueUrl} is not valid for this endpoint.`);
  }
  if (accountId !== registry.accountId) {
    throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
  }
  return getByName(registry, name);
};

/** Queues whose dead messages come to this one. */
export const sourcesOf = (registry: Registry, target: Queue): Queue[] =>
  [...registry.queues.values()].filter(
    ({ attributes }) => readRedrivePolicy(attributes)?.deadLetterTargetArn === target.arn,
  );

/** Throws where a redrive policy names a queue that is not there. */
export const requireDeadLetterTarget = (registry: Registry, attributes: QueueAttributes): void => {
  const policy = readRedrivePolicy(attributes);
  if (!policy || findByArn(registry, policy.deadLetterTargetArn)) return;
  throw new SqsError(
    'InvalidParameterValueException',
    `Value ${attributes.RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
  );
};

const confirmSame = (queue: Queue, attributes: QueueAttributes): Queue => {
  const wanted = changeAttributes(queue.attributes, attributes);
  const different = Object.keys(attributes).find((name) => wanted[name] !== queue.attributes[name]);
  if (different === undefined) return queue;
  throw new SqsError(
    'QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${different}`,
  );
};
