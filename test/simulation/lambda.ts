/** The platform that runs the functions: invocations with a deadline, and batches judged as AWS judges them. */
import type { SQSEvent } from 'aws-lambda';
import { judgeBatch } from '../../local/lambda/batch-verdict.ts';
import type { ReceivedMessage } from '../../shared/adapters/memory/memory-queue.ts';
import type { MemoryQueueName } from '../../shared/adapters/memory/memory-work-queue.ts';
import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import type { InvocationContext } from '../../shared/lambda/invocation.ts';
import type { Broker } from './broker.ts';
import type { FaultPlan } from './faults.ts';
import { createInvocation, type Invocation } from './invocation.ts';
import type { Journal } from './journal.ts';
import type { Scheduler } from './scheduler.ts';

export interface Terms {
  /** The function. */
  readonly name: string;
  readonly timeoutSeconds: number;
  /** The uploads it is about, for the story. */
  readonly uploads: readonly string[];
}

export type Ended<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'died'; readonly reason: string };

export interface Lambda {
  /** Every invocation in flight dies. @returns how many. */
  killAll(reason: string): number;
  invoke<T>(
    terms: Terms,
    run: (inv: Invocation, context: InvocationContext) => Promise<T>,
    onEnd: (ended: Ended<T>) => void,
  ): void;
  /** Hands a batch to a function and deletes what it says it has done. */
  invokeBatch(
    terms: Terms,
    batch: { readonly queue: MemoryQueueName; readonly messages: readonly ReceivedMessage[] },
    handle: (inv: Invocation, event: SQSEvent, context: InvocationContext) => Promise<unknown>,
  ): void;
}

export interface LambdaOptions {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly faults: FaultPlan;
  readonly journal: Journal;
  readonly broker: Broker;
  /** The process of this invocation is stopped for a while. */
  readonly onPause: (id: string) => void;
  /** A broken platform, to see that the ledger notices: messages are deleted before they are worked. */
  readonly acksFirst: boolean;
}

const SECOND = 1000;
const MAX_SKEW_MS = 5 * 60 * SECOND;

const eventOf = (queue: MemoryQueueName, messages: readonly ReceivedMessage[]): SQSEvent => ({
  Records: messages.map(({ messageId, receiptHandle, body, receiveCount, sentAt }) => ({
    messageId,
    receiptHandle,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(sentAt),
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: String(sentAt),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:sluice-sim-${queue}`,
    awsRegion: 'eu-central-1',
  })),
});

export const createLambda = (options: LambdaOptions): Lambda => {
  const { scheduler, random, faults, journal, broker, onPause, acksFirst } = options;
  const running = new Set<Invocation>();
  let invocations = 0;

  const invoke: Lambda['invoke'] = (terms, run, onEnd) => {
    const { name, timeoutSeconds, uploads } = terms;
    invocations += 1;
    const id = String(invocations);
    const skew = faults.happens('clock-skew') ? random.below(2 * MAX_SKEW_MS) - MAX_SKEW_MS : 0;
    let hasEnded = false;
    const end = (ended: Parameters<typeof onEnd>[0]): void => {
      if (hasEnded) return;
      hasEnded = true;
      timer.cancel();
      running.delete(inv);
      onEnd(ended);
    };
    const onDeath = (reason: string): void => end({ kind: 'died', reason });
    const shared = { scheduler, random, faults, journal, onDeath, onPause: () => onPause(id) };
    const inv = createInvocation({ id, name, uploads, skew, ...shared });
    running.add(inv);
    const timer = scheduler.after(timeoutSeconds * SECOND, () => {
      // The platform gives up; a process that was only stopped may wake up later and go on.
      if (faults.happens('survives-timeout'))
        end({ kind: 'died', reason: 'given up, still running' });
      else inv.kill('timeout');
    });
    const context = {
      awsRequestId: id,
      getRemainingTimeInMillis: () => Math.max(0, timeoutSeconds * SECOND - inv.elapsed()),
    };
    run(inv, context).then(
      (answer) => inv.later(1, () => end({ kind: 'answered', answer })),
      (error: unknown) => inv.later(1, () => end({ kind: 'failed', error })),
    );
  };

  const ack = (
    queue: MemoryQueueName,
    message: ReceivedMessage,
    uploads: readonly string[],
  ): void => {
    const fault = faults.atEffect({ name: 'platform.ack', uploads });
    const isLost =
      fault === 'crash-before' || fault === 'fail-before' || faults.happens('lost-ack');
    const what = `${isLost ? 'loses the ack of' : 'acks'} ${message.messageId} of ${queue}`;
    journal.write({ at: scheduler.now(), actor: 'platform', what, uploads });
    if (!isLost) broker.ack(queue, message.receiptHandle);
  };

  return {
    invoke,
    killAll(reason) {
      const all = [...running];
      for (const inv of all) inv.kill(reason);
      return all.length;
    },
    invokeBatch(terms, { queue, messages }, handle) {
      const ids = messages.map(({ messageId, receiveCount }) => `${messageId}×${receiveCount}`);
      const { uploads } = terms;
      const what = `gets ${ids.join(', ')}`;
      journal.write({
        at: scheduler.now(),
        actor: `${terms.name} ${invocations + 1}`,
        what,
        uploads,
      });
      if (acksFirst) for (const message of messages) ack(queue, message, uploads);
      invoke(
        terms,
        (inv, context) => handle(inv, eventOf(queue, messages), context),
        (ended) => {
          const result =
            ended.kind === 'answered'
              ? { payload: JSON.stringify(ended.answer ?? null) }
              : { functionError: ended.kind };
          const messageIds = messages.map(({ messageId }) => messageId);
          const { succeeded } = judgeBatch({ messageIds, reportBatchItemFailures: true, result });
          const done = new Set(succeeded);
          for (const message of messages) {
            if (done.has(message.messageId)) ack(queue, message, uploads);
          }
        },
      );
    },
  };
};
