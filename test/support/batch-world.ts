/** The handler of a queue's batches over a memory world, what it handled and which messages it hid. */
import type { SQSEvent } from 'aws-lambda';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { RetryableError } from '../../shared/domain/errors.ts';
import { type BatchRecord, createBatchHandler } from '../../shared/lambda/sqs-batch.ts';
import type { QueueName } from '../../shared/ports/work-queue.ts';
import type { RecordMeta } from '../../shared/usecases/record-meta.ts';
import { invocation } from './envelopes.ts';
import { createMemoryWorld } from './memory-world.ts';

interface Hidden {
  readonly queue: QueueName;
  readonly receipt: string;
  readonly seconds: number;
}

interface Options {
  readonly from?: QueueName | undefined;
  readonly handle?: (record: BatchRecord, meta: RecordMeta) => Promise<void>;
  readonly fraction?: number;
  readonly hideFails?: boolean;
}

/** Fails what has `fail` in its body: by a bug, or by the code that follows. */
export const failMarked = async ({ body }: BatchRecord): Promise<void> => {
  if (body === 'outage') throw new RetryableError('storage_unavailable');
  if (body.includes('fail')) throw new RetryableError('internal');
};

export const createBatchWorld = (options: Options = {}) => {
  const hidden: Hidden[] = [];
  const world = createMemoryWorld({
    queue: () => ({
      hide: async (queue, receipt, seconds) => {
        if (options.hideFails === true) throw new RetryableError('queue_unavailable');
        hidden.push({ queue, receipt, seconds });
      },
    }),
  });
  const handled: { readonly record: BatchRecord; readonly meta: RecordMeta }[] = [];
  const { handle = failMarked } = options;
  const handler = createBatchHandler(
    {
      ...world.deps,
      random: { ...createSeededRandom(1), fraction: () => options.fraction ?? 1 },
    },
    {
      from: 'from' in options ? options.from : 'light',
      handle: async (record, meta) => {
        handled.push({ record, meta });
        await handle(record, meta);
      },
    },
  );
  const run = async (event: SQSEvent, context = invocation()) => {
    const { batchItemFailures } = await handler(event, context);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { ...world, handler, handled, hidden, run };
};
