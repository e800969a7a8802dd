/** Storage that keeps a step waiting: that is neither the step's time nor the file's fault. */
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { idOfMember } from '../../../shared/adapters/object-id.ts';
import { RetryableError } from '../../../shared/domain/errors.ts';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';
import type { Processor } from '../../../shared/processors/processor.ts';
import { createRunStep } from '../../../shared/usecases/run-step.ts';
import { createSharedRead } from '../../../shared/usecases/shared-read.ts';
import { laneMessage } from '../../support/factories.ts';
import { createMemoryWorld } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const WALL_SECONDS = 30;

const setup = (storage: Partial<ObjectStore>, run: Processor['run']) => {
  const world = createMemoryWorld();
  const objects = { ...world.objects, ...storage };
  const message = laneMessage();
  const invocation = new AbortController();
  const step = processor('one', { budget: { wallSeconds: WALL_SECONDS }, run });
  const result = createRunStep({ ...world, objects, idOfMember })({
    processor: step,
    message,
    shared: createSharedRead(['one'], () => objects.open(message.object)),
    meta: world.meta({ signal: invocation.signal }),
  });
  return { clock: world.clock, invocation, result };
};

const silent = () => new Promise<never>(() => undefined);
/** Answers, and then sends nothing. */
const stalled = async () => new PassThrough();

type Stalled = readonly [when: string, storage: Partial<ObjectStore>, run: Processor['run']];

it.each<Stalled>([
  ['opens a range', { open: silent }, ({ open }) => open({ start: 0, end: 1 })],
  ['opens the whole', { open: silent }, ({ open }) => open()],
  [
    'reads a range',
    { open: stalled },
    async ({ open }) => buffer(await open({ start: 0, end: 1 })),
  ],
  ['reads the whole', { open: stalled }, async ({ open }) => buffer(await open())],
  ['writes', { putResult: silent }, ({ emit }) => emit('a.txt', Buffer.from('a'), 'text/plain')],
])(
  'B20: a step that the storage keeps waiting when it %s is not over budget, and is tried again at the deadline',
  async (_when, storage, run) => {
    const { clock, invocation, result } = setup(storage, run);
    await new Promise(setImmediate);

    await clock.advance(20 * WALL_SECONDS * 1000);
    invocation.abort(new RetryableError('deadline_exceeded'));

    expect(await result).toMatchObject({ state: 'retry', error: { code: 'deadline_exceeded' } });
  },
);

it('B20: a step that takes its time with what it has read is over budget', async () => {
  const bytes = async () => Readable.from(['bytes']);
  const { clock, result } = setup({ open: bytes }, async ({ open }) => {
    await buffer(await open());
    await silent();
  });
  await new Promise(setImmediate);

  await clock.advance(WALL_SECONDS * 1000);

  expect(await result).toMatchObject({ state: 'failed', code: 'over_budget' });
});
