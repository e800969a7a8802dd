import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { NonRetryableError, RetryableError, SkippedError } from '../../../shared/domain/errors.ts';
import type { Processor, ProcessorInput } from '../../../shared/processors/processor.ts';
import { createRunStep, MAX_RESULT_BYTES } from '../../../shared/usecases/run-step.ts';
import { createSharedRead } from '../../../shared/usecases/shared-read.ts';
import { laneMessage, UPLOAD_ID } from '../../support/factories.ts';
import { createMemoryWorld } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const setup = (overrides: Partial<Processor>, signal = new AbortController().signal) => {
  const world = createMemoryWorld();
  const {
    bucket,
    key,
    versionId = '',
    eTag,
    size,
  } = world.put('incoming/acme/a.txt', 'hello world');
  const message = laneMessage({ object: { bucket, key, versionId, eTag, size } });
  const shared = createSharedRead(['one'], () => world.objects.open(message.object));
  const runStep = createRunStep(world.deps);
  const meta = world.meta({ signal, attempt: 2, requestId: 'request-7' });
  const run = () => runStep({ processor: processor('one', overrides), message, shared, meta });
  return { ...world, run };
};

describe('a step with nothing to do', () => {
  it('is skipped with the code and the sentence', async () => {
    const world = setup({
      run: async () => {
        throw new SkippedError('unsupported', { detail: 'No codec.' });
      },
    });

    expect(await world.run()).toEqual({
      state: 'skipped',
      at: world.clock.now(),
      durationMs: 0,
      requestId: 'request-7',
      attempt: 2,
      code: 'unsupported',
      message: expect.stringContaining('No codec.'),
    });
  });
});

/** Never answers, whatever the signal says. */
const deaf = () => new Promise<never>(() => undefined);

describe('a step that succeeds', () => {
  it('has its result, its files, its time and who ran it', async () => {
    const world = setup({
      run: async ({ emit }) => {
        world.clock.tick(1500);
        await emit('out.txt', Buffer.from('derived'), 'text/plain');
        return { lines: 1 };
      },
    });

    expect(await world.run()).toEqual({
      state: 'succeeded',
      at: world.clock.now(),
      durationMs: 1500,
      requestId: 'request-7',
      attempt: 2,
      result: { lines: 1 },
      files: [
        {
          name: 'out.txt',
          key: `results/${UPLOAD_ID}/1/one/out.txt`,
          size: 7,
          contentType: 'text/plain',
        },
      ],
    });
  });

  it('keeps only what its contract names', async () => {
    const world = setup({
      outcome: z.object({ lines: z.int() }),
      run: async () => ({ lines: 1, secret: 'x' }),
    });

    expect(await world.run()).toMatchObject({ state: 'succeeded', result: { lines: 1 } });
    expect(await world.run()).not.toHaveProperty('result.secret');
  });

  it('has one file for two that it wrote under one name', async () => {
    const world = setup({
      run: async ({ emit }) => {
        await emit('out.txt', Buffer.from('first'), 'text/plain');
        await emit('out.txt', Buffer.from('second one'), 'text/plain');
        return {};
      },
    });

    expect(await world.run()).toMatchObject({ files: [{ name: 'out.txt', size: 10 }] });
  });

  it('C11: never took less than no time, even when the clock goes back', async () => {
    const world = setup({
      run: async () => {
        world.clock.tick(-5000);
        return {};
      },
    });

    expect(await world.run()).toMatchObject({ state: 'succeeded', durationMs: 0 });
  });
});

describe('a step that reads', () => {
  it('gets the whole object, or just a range of it', async () => {
    const world = setup({
      run: async ({ open }) => ({
        range: String(await buffer(await open({ start: 6, end: 10 }))),
        whole: String(await buffer(await open())),
      }),
    });

    expect(await world.run()).toMatchObject({ result: { range: 'world', whole: 'hello world' } });
  });

  it('is stopped before it reads more than its budget', async () => {
    const world = setup({
      budget: { bytesIn: 15 },
      run: async ({ open }) => {
        await open();
        await open({ start: 0, end: 4 });
      },
    });

    expect(await world.run()).toMatchObject({ state: 'failed', code: 'over_budget' });
  });
});

describe('a step that answers wrongly', () => {
  it.each([
    ['against its contract', { lines: 'many' }],
    ['not at all', undefined],
    ['C10: more than a row may hold', { lines: 1, text: 'x'.repeat(MAX_RESULT_BYTES) }],
  ])('%s fails as invalid_outcome, once', async (_name, answer) => {
    const world = setup({
      outcome: z.looseObject({ lines: z.int() }),
      run: async () => answer,
    });

    expect(await world.run()).toMatchObject({ state: 'failed', code: 'invalid_outcome' });
  });

  it.each(['../escape', 'UPPER', '', 'a/b', 'a b', '.hidden', 'x'.repeat(65)])(
    'with a derived file named %j fails, and nothing is written',
    async (name) => {
      const world = setup({ run: ({ emit }) => emit(name, Buffer.from('x'), 'text/plain') });

      expect(await world.run()).toMatchObject({ state: 'failed', code: 'invalid_outcome' });
      expect(world.objects.results().size).toBe(0);
    },
  );

  it('with derived files over its budget fails before they are written', async () => {
    const world = setup({
      budget: { bytesOut: 4 },
      run: ({ emit }) => emit('out.txt', Buffer.from('12345'), 'text/plain'),
    });

    expect(await world.run()).toMatchObject({ state: 'failed', code: 'over_budget' });
    expect(world.objects.results().size).toBe(0);
  });
});

describe('a step that fails', () => {
  it('because of its bytes is decided', async () => {
    const world = setup({
      run: async () => {
        throw new NonRetryableError('encrypted', { detail: 'AES-256.' });
      },
    });

    expect(await world.run()).toMatchObject({
      state: 'failed',
      code: 'encrypted',
      message: 'The file is protected by a password, so this step cannot read it. AES-256.',
    });
  });

  it.each([
    ['because of the world', new RetryableError('storage_unavailable'), 'storage_unavailable'],
    ['because of a bug', new RangeError('Invalid array length'), 'internal'],
    ['with something that is no error', 'boom', 'internal'],
  ])('%s is not decided yet', async (_name, thrown, code) => {
    const world = setup({
      run: async () => {
        throw thrown;
      },
    });

    expect(await world.run()).toMatchObject({ state: 'retry', error: { code } });
  });
});

describe('a step that takes too long', () => {
  it('is over budget when its own wall time is spent, even if it does not listen', async () => {
    const world = setup({ budget: { wallSeconds: 30 }, run: deaf });

    const result = world.run();
    await world.clock.advance(30_000);

    expect(await result).toMatchObject({
      state: 'failed',
      code: 'over_budget',
      message: expect.stringContaining('30 wallSeconds'),
    });
  });

  it('B7: is tried again when the invocation ends first, even if it does not listen', async () => {
    const invocation = new AbortController();
    const world = setup({ run: deaf }, invocation.signal);

    const result = world.run();
    invocation.abort(new RetryableError('deadline_exceeded'));

    expect(await result).toMatchObject({ state: 'retry', error: { code: 'deadline_exceeded' } });
  });

  it('B7: is tried again when the invocation had ended before it began', async () => {
    const over = AbortSignal.abort(new RetryableError('deadline_exceeded'));

    expect(await setup({ run: deaf }, over).run()).toMatchObject({
      state: 'retry',
      error: { code: 'deadline_exceeded' },
    });
  });

  it('B7: takes no worker with it when it leaves a stream unread', async () => {
    const unread = async ({ open }: ProcessorInput) => {
      await open({ start: 0, end: 1 });
      return deaf();
    };
    const world = setup({ budget: { wallSeconds: 30 }, run: unread });
    const crashes: unknown[] = [];
    const onCrash = (error: unknown) => crashes.push(error);
    process.once('uncaughtException', onCrash);

    const result = world.run();
    await world.clock.advance(30_000);

    expect(await result).toMatchObject({ state: 'failed', code: 'over_budget' });
    await new Promise(setImmediate);
    process.off('uncaughtException', onCrash);
    expect(crashes).toEqual([]);
  });

  it('B9: writes no file any more once it was given up', async () => {
    const invocation = new AbortController();
    let goOn: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let late: Promise<unknown> = Promise.resolve();
    const world = setup(
      {
        run: ({ emit }) => {
          late = paused.then(() => emit('out.txt', Buffer.from('late'), 'text/plain'));
          return late;
        },
      },
      invocation.signal,
    );
    const result = world.run();
    invocation.abort(new RetryableError('deadline_exceeded'));
    await result;

    goOn();

    await expect(late).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(world.objects.results().size).toBe(0);
  });

  it('leaves no timer behind when it was quick', async () => {
    const world = setup({ run: async () => ({}) });

    await world.run();

    expect(world.clock.nextWakeAt()).toBeUndefined();
  });
});
