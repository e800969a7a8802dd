import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import type { ProcessingUpload } from '../../../shared/domain/upload.ts';
import { createBuryHandler } from '../../../shared/lambda/bury.ts';
import { createDriveForward } from '../../../shared/usecases/drive-forward.ts';
import { createEndInPlace } from '../../../shared/usecases/finish-upload.ts';
import { createRunSteps } from '../../../shared/usecases/run-steps.ts';
import { invocation, sqsBatch } from '../../support/envelopes.ts';
import type { WorldOptions } from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';
import { processor } from '../../support/processors.ts';

/** A worker as it is deployed: the one that records the last outcome ends the upload. */
const setup = async (options: WorldOptions = {}) => {
  const world = await createProcessingWorld({ processors: [processor('one')], ...options });
  const endInPlace = createEndInPlace(world.deps);
  const driveForward = createDriveForward(world.deps, endInPlace);
  const deps = { ...world.deps, driveForward };
  return { ...world, endInPlace, runSteps: createRunSteps(deps) };
};

const lastWords = { v: 1, kind: 'upload.ended', state: 'completed' };

describe('who records the last outcome', () => {
  it('C1: ends the upload there and then, with manifest and notification, and asks no finalizer', async () => {
    const world = await setup();

    await world.runSteps(world.message(), world.meta());

    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed' });
    expect([...world.objects.results().keys()]).toEqual([`results/${world.id}/1/manifest.json`]);
    expect(world.bodies('notifications')).toMatchObject([lastWords]);
    expect(world.bodies('finalize')).toEqual([]);
    expect(world.board.documents()).toMatchObject([{ status: { state: 'completed' } }]);
  });

  it('ends nothing while another step is open', async () => {
    const two = processor('two', { needs: ['one'] });
    const world = await setup({ processors: [processor('one'), two] });

    await world.runSteps(world.message(), world.meta());

    expect((await world.upload()).state).toBe('processing');
    expect(world.bodies('light').at(-1)).toMatchObject({ steps: ['two'] });
  });

  it.each([
    ['the bucket does not take the manifest', 'objects'],
    ['the table does not answer', 'store'],
    ['the world cannot be told', 'queue'],
  ] as const)('C8: leaves it to the finalizer when %s', async (_, part) => {
    const fail = async (): Promise<never> => {
      throw new RetryableError('store_unavailable');
    };
    let isBroken = false;
    const world = await setup({
      ...(part === 'objects' && {
        objects: (objects) => ({
          putResult: (...put) => (isBroken ? fail() : objects.putResult(...put)),
        }),
      }),
      ...(part === 'store' && {
        store: (store) => ({ put: (row) => (isBroken ? fail() : store.put(row)) }),
      }),
      ...(part === 'queue' && {
        queue: (queue) => ({
          send: (name, ...sent) =>
            isBroken && name === 'notifications' ? fail() : queue.send(name, ...sent),
        }),
      }),
    });
    isBroken = true;
    await world.runSteps(world.message(), world.meta());
    expect(world.bodies('notifications')).toEqual([]);
    isBroken = false;

    await world.finalizeUpload({ v: 1, kind: 'finalize', uploadId: world.id }, world.meta());

    expect(world.bodies('finalize')).toMatchObject([{ uploadId: world.id }]);
    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed' });
    expect(world.bodies('notifications')).toMatchObject([lastWords]);
  });

  it('C1: loses to a row that changed since its write, and says so', async () => {
    const world = await setup();
    const before = await world.upload();
    await world.runSteps(world.message(), world.meta());
    const row = await world.store.find(world.id);

    const late: ProcessingUpload = { ...before, outcomes: row?.outcomes ?? {} };
    expect(await world.endInPlace(late, { requestId: 'late', attempt: 1 })).toBe(false);

    expect(await world.store.find(world.id)).toEqual(row);
    expect(world.bodies('notifications')).toHaveLength(1);
  });

  it.each([
    ['ends an upload of its own', undefined, true],
    ['leaves the member of a group to the finalizer', { id: 'grp_1', index: 0 }, false],
  ])('%s when its set is complete', async (_, group, isEnded) => {
    const world = await createProcessingWorld({ processors: [processor('one')] });
    await world.runSteps(world.message(), world.meta());
    const row: ProcessingUpload = { ...(await world.upload()), ...(group && { group }) };
    const endInPlace = createEndInPlace(world.deps);

    expect(await endInPlace(row, { requestId: 'r', attempt: 1 })).toBe(isEnded);

    expect(world.bodies('notifications')).toHaveLength(isEnded ? 1 : 0);
  });
});

describe('a worker that died between the end and its telling', () => {
  const ended = async () => {
    const world = await setup();
    const message = world.message();
    await world.runSteps(message, world.meta());
    return { ...world, message: () => message };
  };

  it('B6: is delivered again, and has the finalizer tell', async () => {
    const world = await ended();

    await world.runSteps(world.message(), world.meta({ attempt: 2 }));

    expect(world.bodies('finalize')).toMatchObject([{ uploadId: world.id, generation: 1 }]);
  });

  it('B6: is buried in the end, and bury has the finalizer tell', async () => {
    const world = await ended();
    const eventSourceARN = 'arn:aws:sqs:eu-central-1:000000000000:sluice-dev-light-dlq';
    const dead = sqsBatch([world.message()], { eventSourceARN });

    await createBuryHandler(world.deps)(dead, invocation());

    expect(world.bodies('finalize')).toMatchObject([{ uploadId: world.id, generation: 1 }]);
  });

  it('says nothing of an upload whose bytes are another generation by now', async () => {
    const world = await ended();
    const message = { ...world.message(), generation: 7 };
    await world.runSteps(message, world.meta({ attempt: 2 }));
    expect(world.bodies('finalize')).toEqual([]);
  });
});
