import { describe, expect, it } from 'vitest';
import { NonRetryableError, RetryableError } from '../../../shared/domain/errors.ts';
import { PRINCIPAL } from '../../support/memory-world.ts';
import { createProcessingWorld as setup } from '../../support/processing-world.ts';
import { processor } from '../../support/processors.ts';

const failing = (name: string, error: Error) =>
  processor(name, {
    run: async () => {
      throw error;
    },
  });

describe('a lane message', () => {
  it('runs its steps over one read, records them in one write and asks for the end', async () => {
    let reads = 0;
    const world = await setup({
      objects: (objects) => ({
        open: (object, options) => {
          reads += 1;
          return objects.open(object, options);
        },
      }),
    });
    const { rev } = await world.upload();

    await world.runSteps(world.message(), world.meta());

    const upload = await world.upload();
    expect(upload.outcomes).toMatchObject({
      one: { state: 'succeeded', result: { bytes: 11 }, attempt: 1, requestId: 'request-1' },
      two: { state: 'succeeded', result: { bytes: 11 } },
    });
    expect(upload.rev).toBe(rev + 1);
    expect(reads).toBe(1);
    expect(world.bodies('finalize')).toMatchObject([{ uploadId: world.id }]);
  });

  it('shows its steps as running meanwhile, with the attempt', async () => {
    let shown: unknown;
    const one = processor('one', {
      run: async () => {
        shown = (await world.board.look(PRINCIPAL, world.id)).found;
        return {};
      },
    });
    const world = await setup({ processors: [one] });

    await world.runSteps(world.message(), world.meta({ attempt: 2 }));

    expect(shown).toMatchObject({ marks: { one: { generation: 1, attempt: 2 } } });
  });

  it('sends only the steps that waited for what it did', async () => {
    const world = await setup({
      processors: [
        processor('one'),
        processor('slow', { lane: 'heavy' }),
        processor('after-one', { needs: ['one'] }),
        processor('after-slow', { needs: ['slow'] }),
      ],
    });

    await world.runSteps(world.message(), world.meta());

    expect(world.bodies('light').slice(1)).toMatchObject([
      { steps: ['after-one'], results: { one: { bytes: 11 } } },
    ]);
    expect(world.bodies('heavy')).toHaveLength(1);
    expect(world.bodies('finalize')).toEqual([]);
  });

  it('D22: records a deterministic failure at the first attempt and lets its neighbour succeed', async () => {
    const world = await setup({
      processors: [failing('one', new NonRetryableError('corrupt')), processor('two')],
    });

    await world.runSteps(world.message(), world.meta());

    expect((await world.upload()).outcomes).toMatchObject({
      one: { state: 'failed', code: 'corrupt', attempt: 1 },
      two: { state: 'succeeded' },
    });
  });

  it('skips what needs a failed step and asks for the end', async () => {
    const world = await setup({
      processors: [
        failing('one', new NonRetryableError('encrypted')),
        processor('two', { needs: ['one'] }),
        processor('three', { needs: ['two'], lane: 'heavy' }),
      ],
    });

    await world.runSteps(world.message(), world.meta());

    expect((await world.upload()).outcomes).toMatchObject({
      one: { state: 'failed' },
      two: { state: 'skipped', code: 'dependency_failed' },
      three: { state: 'skipped', code: 'dependency_failed' },
    });
    expect(world.bodies('finalize')).toHaveLength(1);
  });
});

describe('a step that may still succeed', () => {
  it.each([
    [
      'a failure of the world around it',
      new RetryableError('storage_unavailable'),
      'storage_unavailable',
    ],
    ['a failure that nobody expected', new TypeError('x is undefined'), 'internal'],
  ])('B20: comes back after %s, and its neighbour is not run again', async (_name, error, code) => {
    const two = processor('two');
    const world = await setup({ processors: [failing('one', error), two] });

    const first = world.runSteps(world.message(), world.meta());
    await expect(first).rejects.toMatchObject({ code });
    const second = world.runSteps(world.message(), world.meta({ attempt: 2 }));
    await expect(second).rejects.toMatchObject({ code });

    expect(Object.keys((await world.upload()).outcomes)).toEqual(['two']);
    expect(two.runs()).toBe(1);
  });

  it('records its own failure on the last attempt, with the code of what stopped it', async () => {
    const world = await setup({
      processors: [failing('one', new RetryableError('storage_unavailable'))],
    });

    await world.runSteps(world.message(), world.meta({ attempt: 5, lastAttempt: true }));

    expect((await world.upload()).outcomes).toMatchObject({
      one: { state: 'failed', code: 'storage_unavailable', attempt: 5 },
    });
    expect(world.bodies('finalize')).toHaveLength(1);
  });

  it('B21: of a processor that this version does not have is left to a newer worker, then fails clearly', async () => {
    const world = await setup({ processors: [processor('one')] });
    const message = { ...world.message(), steps: ['one', 'gone'] };
    const early = world.runSteps(message, world.meta());
    await expect(early).rejects.toMatchObject({ code: 'unknown_processor', retryable: true });

    await world.runSteps(message, world.meta({ attempt: 5, lastAttempt: true }));

    expect((await world.upload()).outcomes).toMatchObject({
      one: { state: 'succeeded' },
      gone: { state: 'failed', code: 'unknown_processor' },
    });
  });
});
