/** Message move tasks: redriving a dead-letter queue. */
import { SqsError } from './errors.ts';
import { maxMoveRate } from './limits.ts';
import type { Message } from './message.ts';
import { optionalInteger, optionalText, type Parameters, text } from './parameters.ts';
import { addToQueue, pullFromQueue, type Queue, queueCounts } from './queue.ts';
import { type Action, nothing } from './queue-actions.ts';
import { findByArn, type Registry, sourcesOf } from './registry.ts';

type Status = 'RUNNING' | 'COMPLETED' | 'CANCELLING' | 'CANCELLED' | 'FAILED';

type MoveTask = {
  readonly handle: string;
  readonly source: Queue;
  readonly destinationArn: string | undefined;
  readonly perSecond: number | undefined;
  readonly startedAt: number;
  readonly toMove: number;
  moved: number;
  status: Status;
  failureReason?: string;
};

/** The tasks of one local SQS, newest first, and how to stop them. */
export type MoveTasks = {
  readonly actions: Readonly<Record<string, Action>>;
  readonly close: () => void;
};

/** Messages moved between two looks at the rest of the world, when no rate is given. */
const burst = 100;

export const createMoveTasks = (registry: Registry): MoveTasks => {
  const tasks: MoveTask[] = [];
  const timers = new Set<NodeJS.Timeout>();

  const run = (task: MoveTask) => {
    moveSome(registry, task);
    if (task.status !== 'RUNNING') return;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        run(task);
      },
      task.perSecond === undefined ? 0 : 1000 / task.perSecond,
    );
    timers.add(timer);
  };

  const start: Action = (parameters) => {
    const task = createTask(registry, tasks, parameters);
    tasks.unshift(task);
    // After the answer, so that a task can be seen, and cancelled, while it runs.
    setImmediate(run, task);
    return { members: { TaskHandle: task.handle } };
  };

  return {
    actions: {
      StartMessageMoveTask: start,
      ListMessageMoveTasks: (parameters) => listTasks(registry, tasks, parameters),
      CancelMessageMoveTask: (parameters) => cancelTask(tasks, text(parameters, 'TaskHandle')),
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      for (const task of tasks) if (task.status === 'RUNNING') task.status = 'CANCELLED';
    },
  };
};

const createTask = (
  registry: Registry,
  tasks: readonly MoveTask[],
  parameters: Parameters,
): MoveTask => {
  const source = getSource(registry, parameters);
  if (sourcesOf(registry, source).length === 0) {
    throw new SqsError(
      'InvalidParameterValueException',
      'Source queue must be configured as a Dead Letter Queue.',
    );
  }
  if (tasks.some((task) => task.source === source && task.status === 'RUNNING')) {
    throw new SqsError(
      'InvalidParameterValueException',
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    );
  }
  const destinationArn = optionalText(parameters, 'DestinationArn');
  if (destinationArn !== undefined && !findByArn(registry, destinationArn)) {
    throw notFound('DestinationArn');
  }
  const range = { min: 1, max: maxMoveRate };
  return {
    handle: Buffer.from(`${crypto.randomUUID()} ${source.arn}`).toString('base64'),
    source,
    destinationArn,
    perSecond: optionalInteger(parameters, 'MaxNumberOfMessagesPerSecond', range),
    startedAt: Date.now(),
    toMove: queueCounts(source).visible,
    moved: 0,
    status: 'RUNNING',
  };
};

const getSource = (registry: Registry, parameters: Parameters): Queue => {
  const source = findByArn(registry, text(parameters, 'SourceArn'));
  if (source) return source;
  throw notFound('SourceArn');
};

const notFound = (parameter: string): SqsError =>
  new SqsError(
    'ResourceNotFoundException',
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
  );

const moveSome = (registry: Registry, task: MoveTask): void => {
  for (let count = task.perSecond === undefined ? burst : 1; count > 0; count -= 1) {
    if (task.status !== 'RUNNING') return;
    const message = task.moved < task.toMove ? pullFromQueue(task.source) : undefined;
    if (!message) {
      task.status = 'COMPLETED';
      return;
    }
    const target = findByArn(registry, task.destinationArn ?? message.deadLetterSourceArn ?? '');
    if (!target) {
      addToQueue(task.source, message);
      task.status = 'FAILED';
      task.failureReason = 'CouldNotDetermineMessageSource';
      return;
    }
    addToQueue(target, asNew(message));
    task.moved += 1;
  }
};

/** "A redriven message is a new message: new messageId and enqueueTime" (SQS Developer Guide, redrive). */
const asNew = ({ body, attributes, groupId, traceHeader, senderId }: Message): Message => {
  const now = Date.now();
  const counters = { sentAt: now, visibleAt: now, receiveCount: 0, receipt: 0 };
  const id = crypto.randomUUID();
  return { body, attributes, groupId, traceHeader, senderId, id, ...counters };
};

const listTasks = (registry: Registry, tasks: readonly MoveTask[], parameters: Parameters) => {
  const source = getSource(registry, parameters);
  const max = optionalInteger(parameters, 'MaxResults', { min: 1, max: 10 }) ?? 1;
  const found = tasks.filter((task) => task.source === source).slice(0, max);
  return { members: { Results: found.map(renderTask) } };
};

const renderTask = (task: MoveTask) => ({
  // SQS shows the handle of a running task only.
  TaskHandle: task.status === 'RUNNING' ? task.handle : undefined,
  Status: task.status,
  SourceArn: task.source.arn,
  DestinationArn: task.destinationArn,
  MaxNumberOfMessagesPerSecond: task.perSecond,
  ApproximateNumberOfMessagesMoved: task.moved,
  ApproximateNumberOfMessagesToMove: task.toMove,
  FailureReason: task.failureReason,
  StartedTimestamp: task.startedAt,
});

const cancelTask = (tasks: readonly MoveTask[], handle: string) => {
  const task = tasks.find((candidate) => candidate.handle === handle);
  if (!task) throw new SqsError('ResourceNotFoundException', 'Task does not exist.');
  if (task.status !== 'RUNNING') {
    const sentence = `Only active tasks can be cancelled; this one is ${task.status}.`;
    throw new SqsError('InvalidParameterValueException', sentence);
  }
  task.status = 'CANCELLED';
  return { members: { ...nothing.members, ApproximateNumberOfMessagesMoved: task.moved } };
};
