/** What steps hold on to once they have ended: a worker lives on for many of them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { ProcessorInput } from '../../../shared/processors/processor.ts';
import { createRunStep } from '../../../shared/usecases/run-step.ts';
import { createSharedRead } from '../../../shared/usecases/shared-read.ts';
import { laneMessage } from '../../support/factories.ts';
import { createMemoryWorld } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const MiB = 1024 ** 2;
const STEPS = 32;

/** What nothing holds any more is gone after this. */
const collectGarbage = async (): Promise<void> => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let round = 0; round < 3; round += 1) {
    await new Promise(setImmediate);
    collect();
  }
};

/** Holds a megabyte for as long as somebody knows its signal. */
const listening = async ({ signal }: ProcessorInput) => {
  const held = Buffer.alloc(MiB);
  signal.addEventListener('abort', () => held.fill(1));
  return {};
};

it('a step that has ended leaves nothing in its worker, even when it goes on listening', async () => {
  const world = createMemoryWorld();
  const runStep = createRunStep(world.deps);
  const message = laneMessage();
  const before = process.memoryUsage().arrayBuffers;

  for (let round = 0; round < STEPS; round += 1) {
    const shared = createSharedRead([], () => world.objects.open(message.object));
    const step = processor('one', { run: listening });
    const result = await runStep({ processor: step, message, shared, meta: world.meta() });
    expect(result.state).toBe('succeeded');
  }
  await collectGarbage();

  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan((STEPS / 4) * MiB);
});
