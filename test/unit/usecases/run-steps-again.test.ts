import { describe, expect, it } from 'vitest';
import { NonRetryableError, RetryableError } from '../../../shared/domain/errors.ts';
import { createProcessingWorld as setup } from '../../support/processing-world.ts';
import { processor } from '../../support/processors.ts';

describe('a message that came before', () => {
  it('B4: at the same moment to two workers is worked by one; the other comes back and finds it done', async () => {
    let release: () => void = () => undefined;
    const barrier = new Promise<void>((resolve) => {
      release = resolve;
    });
    const one = processor('one', {
      run: async () => {
        await barrier;
        return {};
      },
    });
    const world = await setup({ processors: [one] });

    const first = world.runSteps(world.message(), world.meta());
    const second = world.runSteps(world.message(), world.meta({ requestId: 'request-2' }));
    await expect(second).rejects.toMatchObject({ code: 'lease_held' });
    release();
    await first;
    await world.runSteps(world.message(), world.meta({ requestId: 'request-2', attempt: 2 }));

    expect(one.runs()).toBe(1);
    expect((await world.upload()).outcomes).toMatchObject({ one: { requestId: 'request-1' } });
  });

  it('B4: is worked twice with one result when the board cannot say that it is held', async () => {
    const one = processor('one');
    const world = await setup({ processors: [one] });
    world.board.silence(true);

    await Promise.all([
      world.runSteps(world.message(), world.meta()),
      world.runSteps(world.message(), world.meta({ requestId: 'request-2' })),
    ]);

    expect(one.runs()).toBe(2);
    expect(Object.keys((await world.upload()).outcomes)).toEqual(['one']);
  });

  it('B5: after a crash between result and record writes the same file under the same key', async () => {
    let mustDie = true;
    const one = processor('one', {
      run: async ({ emit }) => {
        await emit('out.txt', Buffer.from('same bytes'), 'text/plain');
        return {};
      },
    });
    const world = await setup({
      processors: [one],
      store: (store) => ({
        recordOutcomes: async (recorded) => {
          if (mustDie) throw new RetryableError('store_unavailable');
          return store.recordOutcomes(recorded);
        },
      }),
    });
    await expect(world.runSteps(world.message(), world.meta())).rejects.toThrow();
    mustDie = false;

    await world.runSteps(world.message(), world.meta({ attempt: 2 }));

    const key = `results/${world.id}/1/one/out.txt`;
    expect([...world.objects.results().keys()]).toEqual([key]);
    expect((await world.upload()).outcomes).toMatchObject({
      one: { state: 'succeeded', attempt: 2, files: [{ key }] },
    });
  });

  it('B6: after a crash between record and acknowledgement runs nothing and sends what follows again', async () => {
    const one = processor('one');
    const world = await setup({ processors: [one, processor('two', { needs: ['one'] })] });
    await world.runSteps(world.message(), world.meta());
    const row = await world.upload();

    await world.runSteps(world.message(), world.meta({ attempt: 2 }));

    expect(one.runs()).toBe(1);
    expect(await world.upload()).toEqual(row);
    expect(world.bodies('light').slice(1)).toMatchObject([{ steps: ['two'] }, { steps: ['two'] }]);
  });

  it('C6: whose record lost its answer recognises what it wrote and goes on', async () => {
    let isLost = true;
    const one = processor('one');
    const world = await setup({
      processors: [one],
      store: (store) => ({
        recordOutcomes: async (recorded) => {
          const answer = await store.recordOutcomes(recorded);
          if (!isLost) return answer;
          isLost = false;
          throw new RetryableError('store_unavailable');
        },
      }),
    });
    await expect(world.runSteps(world.message(), world.meta())).rejects.toThrow();

    await world.runSteps(world.message(), world.meta({ attempt: 2 }));

    expect(one.runs()).toBe(1);
    expect(world.bodies('finalize')).toHaveLength(1);
  });

  it('B7, B8: of a worker that was killed is worked by the next as soon as the lease has run out', async () => {
    const one = processor('one');
    const world = await setup({ processors: [one] });
    const { steps } = world.message();
    const lease = { key: `${world.id}/1/${steps.join(',')}`, token: 'dead', seconds: 57 };
    await world.board.claim(lease);
    const early = world.runSteps(world.message(), world.meta({ attempt: 2 }));
    await expect(early).rejects.toMatchObject({ code: 'lease_held' });

    world.clock.tick(57_000);
    await world.runSteps(world.message(), world.meta({ attempt: 3 }));

    expect(one.runs()).toBe(1);
  });

  it('B7: is worked on its last delivery even while somebody seems to hold it', async () => {
    const world = await setup({ processors: [processor('one')] });
    const lease = { key: `${world.id}/1/one`, token: 'dead', seconds: 600 };
    await world.board.claim(lease);

    await world.runSteps(world.message(), world.meta({ attempt: 5, lastAttempt: true }));

    expect((await world.upload()).outcomes).toMatchObject({ one: { state: 'succeeded' } });
  });

  it('is shown as begun also when it is worked without a lease, if it says whose it is', async () => {
    const begun: (string | undefined)[] = [];
    const world = await setup({
      board: ({ mark }) => ({
        claim: async () => 'held',
        mark: async (step) => {
          begun.push(step.owner);
          await mark(step);
        },
      }),
    });
    const { owner, ...nobody } = world.message();
    const last = { attempt: 5, lastAttempt: true } as const;

    await world.runSteps({ ...world.message(), steps: ['one'] }, world.meta(last));
    await world.runSteps({ ...nobody, steps: ['two'] }, world.meta(last));

    expect(begun).toEqual([owner]);
    expect(await world.store.find(world.id)).toMatchObject({
      outcomes: { one: { state: 'succeeded' }, two: { state: 'succeeded' } },
    });
  });

  it('B9: of a worker that slept while another finished records nothing any more', async () => {
    let wake: () => void = () => undefined;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let run = 0;
    const one = processor('one', {
      run: async () => {
        run += 1;
        const own = run;
        if (own === 1) await asleep;
        return { run: own };
      },
    });
    const world = await setup({ processors: [one] });
    const sleeper = world.runSteps(world.message(), world.meta());
    await expect.poll(() => run).toBe(1);
    world.clock.tick(60_000);
    await world.runSteps(world.message(), world.meta({ attempt: 2 }));
    wake();
    await sleeper;

    expect((await world.upload()).outcomes).toMatchObject({ one: { result: { run: 2 } } });
  });

  it('B16: with another message id, long after the upload ended, changes nothing', async () => {
    const world = await setup();
    const message = world.message();
    await world.runSteps(message, world.meta());
    await world.finalizeUpload({ v: 1, kind: 'finalize', uploadId: world.id }, world.meta());
    const row = await world.store.find(world.id);
    expect(row?.state).toBe('completed');

    await world.runSteps(message, world.meta({ attempt: 1, requestId: 'redrive' }));
    await world.runSteps(message, world.meta({ attempt: 2, requestId: 'redrive' }));

    expect(await world.store.find(world.id)).toEqual(row);
  });

  it('C4: failing after the upload completed flips nothing', async () => {
    let mustFail = false;
    const one = processor('one', {
      run: async () => {
        if (mustFail) throw new NonRetryableError('corrupt');
        return {};
      },
    });
    const world = await setup({ processors: [one] });
    const message = world.message();
    await world.runSteps(message, world.meta());
    await world.finalizeUpload({ v: 1, kind: 'finalize', uploadId: world.id }, world.meta());
    mustFail = true;

    await world.runSteps(message, world.meta({ requestId: 'late' }));

    expect(await world.store.find(world.id)).toMatchObject({
      state: 'completed',
      outcomes: { one: { state: 'succeeded' } },
    });
  });

  it('is acknowledged without work when there is no such upload', async () => {
    const one = processor('one');
    const world = await setup({ processors: [one] });
    const message = { ...world.message(), uploadId: 'upl_unknown' };

    await world.runSteps(message, world.meta({ attempt: 2 }));

    expect(one.runs()).toBe(0);
  });
});

describe('the lease', () => {
  it('is given back with the outcomes', async () => {
    const world = await setup({ processors: [processor('one')] });
    await world.runSteps(world.message(), world.meta());

    const lease = { key: `${world.id}/1/one`, token: 'next', seconds: 60 };
    await expect(world.board.claim(lease)).resolves.toBe('claimed');
  });

  it('is given back after a failure, so that the next attempt runs at once', async () => {
    let failures = 1;
    const one = processor('one', {
      run: async () => {
        failures -= 1;
        if (failures >= 0) throw new RetryableError('storage_unavailable');
        return {};
      },
    });
    const world = await setup({ processors: [one] });
    await expect(world.runSteps(world.message(), world.meta())).rejects.toThrow();

    await world.runSteps(world.message(), world.meta({ attempt: 2 }));

    expect((await world.upload()).outcomes).toMatchObject({ one: { state: 'succeeded' } });
  });
});
