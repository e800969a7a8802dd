import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { NonRetryableError, RetryableError } from '../../../shared/domain/errors.ts';
import { DEADLINE_MARGIN_MS } from '../../../shared/lambda/invocation.ts';
import { createBatchHandler } from '../../../shared/lambda/sqs-batch.ts';
import { createBatchWorld, failMarked } from '../../support/batch-world.ts';
import { invocation, sqsBatch, sqsEvent, sqsRecord } from '../../support/envelopes.ts';

const ids = (count: number) => Array.from({ length: count }, (_, index) => `message-${index + 1}`);

describe('the answer to a batch', () => {
  it.each([
    ['none of one', ['ok'], []],
    ['all of one', ['fail'], ['message-1']],
    ['none of ten', Array(10).fill('ok'), []],
    ['B11: one of ten', [...Array(9).fill('ok'), 'fail'], ['message-10']],
    ['the first', ['fail', 'ok', 'ok'], ['message-1']],
    ['the one between', ['ok', 'fail', 'ok'], ['message-2']],
    ['several', ['fail', 'ok', 'fail'], ['message-1', 'message-3']],
    ['B13: all of ten', Array(10).fill('fail'), ids(10)],
    ['of an empty batch', [], []],
  ])('names exactly what failed: %s', async (_name, bodies, expected) => {
    const { run } = createBatchWorld();

    expect(await run(sqsBatch(bodies))).toEqual(expected);
  });

  it('B12: has no id that is empty or that was not in the batch, whatever was thrown', async () => {
    const thrown = [new NonRetryableError('corrupt'), 'text', undefined, null, new Error('x')];
    const { handler } = createBatchWorld({
      handle: async ({ messageId }) => {
        throw thrown[Number(messageId.at(-1)) - 1];
      },
    });

    const answer = await handler(sqsBatch(thrown.map(String)), invocation());

    expect(answer).toEqual({
      batchItemFailures: ids(5).map((itemIdentifier) => ({ itemIdentifier })),
    });
  });

  it('B14: works the same message in one batch once and reports it once', async () => {
    const { run, handled } = createBatchWorld();
    const twin = sqsRecord('fail', { messageId: 'twin' });
    const event = sqsEvent(twin, sqsRecord('ok', { messageId: 'other' }), twin);

    expect(await run(event)).toEqual(['twin']);
    expect(handled).toHaveLength(2);
  });

  it('works all ten records of a batch at the same time', async () => {
    let begun = 0;
    let everyone = (): void => undefined;
    const together = new Promise<void>((resolve) => {
      everyone = resolve;
    });
    const { run } = createBatchWorld({
      handle: async () => {
        begun += 1;
        if (begun === 10) everyone();
        await together;
      },
    });

    expect(await run(sqsBatch(Array(10).fill('ok')))).toEqual([]);
  });

  it('B13: waits for every record, also after the first has failed', async () => {
    const done: string[] = [];
    const { run } = createBatchWorld({
      handle: async ({ messageId, body }) => {
        await failMarked({ messageId, body, sourceArn: '' });
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
        done.push(messageId);
      },
    });

    await run(sqsBatch(['fail', 'ok', 'ok']));

    expect(done).toEqual(['message-2', 'message-3']);
  });
});

describe('what a record is told of its delivery', () => {
  it.each([
    ['the first', 1, false],
    ['the one before the last', 4, false],
    ['the last', 5, true],
    ['one more than the last', 6, true],
  ])('B7: is which one it is: %s', async (_name, attempt, lastAttempt) => {
    const { run, handled } = createBatchWorld();

    await run(sqsEvent(sqsRecord('ok', { attempt })));

    expect(handled[0]?.meta).toMatchObject({ attempt, lastAttempt, requestId: 'request-1' });
  });

  it.each(['', 'x', '0', '-1', '1.5'])('is the first when the count is %j', async (count) => {
    const { run, handled } = createBatchWorld();
    const record = sqsRecord('ok');

    await run(
      sqsEvent({ ...record, attributes: { ...record.attributes, ApproximateReceiveCount: count } }),
    );

    expect(handled[0]?.meta.attempt).toBe(1);
  });

  it('B7: has a deadline a margin before the end of the invocation', async () => {
    let reason: unknown;
    const world = createBatchWorld({
      handle: (_record, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(signal.reason);
          });
        }),
    });

    const answer = world.run(
      sqsEvent(sqsRecord('ok')),
      invocation({ getRemainingTimeInMillis: () => 60_000 }),
    );
    await world.clock.advance(60_000 - DEADLINE_MARGIN_MS - 1);
    expect(reason).toBeUndefined();
    await world.clock.advance(1);

    expect(await answer).toEqual(['message-1']);
    expect(reason).toMatchObject({ code: 'deadline_exceeded', retryable: true });
  });

  it('never has less than no time left', async () => {
    const { run, handled } = createBatchWorld();

    await run(sqsEvent(sqsRecord('ok')), invocation({ getRemainingTimeInMillis: () => 100 }));

    expect(handled[0]?.meta.remainingMs).toBe(0);
  });

  it('leaves no timer behind', async () => {
    const { run, clock } = createBatchWorld();

    await run(sqsBatch(['ok', 'fail']));

    expect(clock.nextWakeAt()).toBeUndefined();
  });
});

describe('a record that failed', () => {
  it.each([
    [1, 1, 4],
    [2, 1, 8],
    [3, 0.5, 8],
    [4, 1, 32],
    [2, 0, 0],
  ])(
    'B20: of attempt %i is hidden with full jitter (%f): %i s',
    async (attempt, fraction, seconds) => {
      const { run, hidden } = createBatchWorld({ fraction });

      await run(sqsEvent(sqsRecord('fail', { attempt })));

      expect(hidden).toEqual([{ queue: 'light', receipt: 'receipt-1', seconds }]);
    },
  );

  it.each([
    ['the shortest', 0, [3, 15, 90, 540]],
    ['the longest', 1, [5, 30, 180, 1080]],
  ])(
    'B20: of an outage outlives ten minutes over its deliveries, even with %s delays',
    async (_name, fraction, expected) => {
      const { run, hidden } = createBatchWorld({ fraction });

      for (const attempt of [1, 2, 3, 4]) await run(sqsEvent(sqsRecord('outage', { attempt })));

      const seconds = hidden.map((each) => each.seconds);
      expect(seconds).toEqual(expected);
      expect(seconds.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(600);
    },
  );

  it('B20: is never hidden for more than five minutes', async () => {
    const world = createBatchWorld();
    const handler = createBatchHandler(
      {
        ...world.deps,
        random: { ...createSeededRandom(1), fraction: () => 1 },
        maxReceiveCount: 99,
      },
      { from: 'light', handle: failMarked },
    );

    await handler(sqsEvent(sqsRecord('fail', { attempt: 50 })), invocation());

    expect(world.hidden).toMatchObject([{ seconds: 300 }]);
  });

  it('B4: because another worker holds it is hidden until that worker can no longer be running', async () => {
    const { run, hidden } = createBatchWorld({
      handle: async () => {
        throw new RetryableError('lease_held');
      },
    });

    await run(sqsEvent(sqsRecord('x')));

    expect(hidden).toMatchObject([{ seconds: 57 }]);
  });

  it('on its last attempt goes to the dead letters without a delay', async () => {
    const { run, hidden } = createBatchWorld();

    expect(await run(sqsEvent(sqsRecord('fail', { attempt: 5 })))).toEqual(['message-1']);
    expect(hidden).toEqual([]);
  });

  it('of a dead-letter queue is left to the visibility timeout', async () => {
    const { run, hidden } = createBatchWorld({ from: undefined });

    expect(await run(sqsEvent(sqsRecord('fail')))).toEqual(['message-1']);
    expect(hidden).toEqual([]);
  });

  it('B20: comes back all the same when it cannot be hidden', async () => {
    const { run, logs } = createBatchWorld({ hideFails: true });

    expect(await run(sqsBatch(['fail', 'ok']))).toEqual(['message-1']);
    expect(logs.lines().map(({ message }) => message)).toContain(
      'retry not scheduled, left to the visibility timeout',
    );
  });

  it('is told in one line with its code, its message and its attempt', async () => {
    const { run, logs } = createBatchWorld();

    await run(sqsEvent(sqsRecord('fail', { attempt: 3 })));

    const lines = logs.lines().filter(({ level }) => level === 'warn');
    expect(lines).toMatchObject([
      {
        message: 'record failed',
        code: 'internal',
        messageId: 'message-1',
        attempt: 3,
        requestId: 'request-1',
      },
    ]);
  });
});
