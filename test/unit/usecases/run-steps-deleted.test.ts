import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { PRINCIPAL } from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';
import { processor } from '../../support/processors.ts';

/** Writes a file without opening the object: nothing tells it that the upload was deleted. */
const writing = processor('one', {
  reads: 'ranges',
  run: async ({ emit }) => {
    await emit('a.txt', new Uint8Array(3), 'text/plain');
    return {};
  },
});

const setup = async () => {
  const world = await createProcessingWorld({ processors: [writing] });
  const message = world.message();
  await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
  for (const { receiptHandle } of world.queue.receive('deletions')) {
    world.queue.remove('deletions', receiptHandle);
  }
  return { ...world, message };
};

describe('a worker whose upload was deleted', () => {
  it('E23: has it erased once more after what it wrote, and records nothing', async () => {
    const world = await setup();

    await world.runSteps(world.message, world.meta());

    expect(world.objects.results().size).toBe(1);
    expect(world.bodies('deletions')).toEqual([{ v: 1, kind: 'deletion', uploadId: world.id }]);
    expect(await world.store.find(world.id)).toMatchObject({ state: 'cancelled', outcomes: {} });
  });

  it('E23: has it erased at its next delivery, if it died before it found out', async () => {
    const world = await setup();

    await world.runSteps(world.message, world.meta({ attempt: 2 }));

    expect(world.objects.results().size).toBe(0);
    expect(world.bodies('deletions')).toHaveLength(1);
  });

  it('E23: keeps its message while it cannot ask for that', async () => {
    let isDown = false;
    const world = await createProcessingWorld({
      processors: [writing],
      queue: (queue) => ({
        send: (name, messages) =>
          name === 'deletions' && isDown
            ? Promise.reject(new RetryableError('queue_unavailable'))
            : queue.send(name, messages),
      }),
    });
    const message = world.message();
    await world.deleteUpload(PRINCIPAL, world.id, 'request-1');
    isDown = true;

    await expect(world.runSteps(message, world.meta())).rejects.toMatchObject({
      code: 'queue_unavailable',
    });
  });
});
