import { describe, expect, it } from 'vitest';
import { createWorkerHandler } from '../../../shared/lambda/worker.ts';
import { invocation, sqsBatch } from '../../support/envelopes.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';

const setup = async () => {
  const world = await createProcessingWorld();
  const handler = createWorkerHandler(world.deps, 'light');
  const run = async (bodies: readonly unknown[], attempt = 1) => {
    const answer = await handler(sqsBatch(bodies, { attempt }), invocation());
    return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { ...world, run };
};

describe('a worker', () => {
  it('acknowledges what it did', async () => {
    const world = await setup();

    expect(await world.run([world.message()])).toEqual([]);
    expect(Object.keys((await world.upload()).outcomes)).toEqual(['one', 'two']);
  });

  it('B10: fails only the poison, and its neighbour is worked', async () => {
    const world = await setup();

    const failed = await world.run(['not json', world.message(), { hello: 'world' }, '']);

    expect(failed).toEqual(['message-1', 'message-3', 'message-4']);
    expect(Object.keys((await world.upload()).outcomes)).toEqual(['one', 'two']);
  });

  it.each([
    ['B22: of a version to come', { v: 2 }],
    ['B10: without steps', { steps: [] }],
    ['B10: of generation 0', { generation: 0 }],
    ['B10: without an object', { object: undefined }],
    ['B10: of another kind', { kind: 'finalize' }],
    ['B10: with a negative size', { object: { bucket: 'b', key: 'k', eTag: 'e', size: -1 } }],
  ])('refuses a message %s', async (_name, change) => {
    const world = await setup();

    expect(await world.run([{ ...world.message(), ...change }])).toEqual(['message-1']);
    expect((await world.upload()).outcomes).toEqual({});
  });

  it('B22: reads a message with fields that a newer version added', async () => {
    const world = await setup();

    expect(await world.run([{ ...world.message(), priority: 'high' }])).toEqual([]);
  });

  it('B14: works two messages for the same steps in one batch as one result', async () => {
    const world = await setup();

    await world.run([world.message(), world.message()]);
    await world.run([world.message()], 2);

    expect((await world.upload()).outcomes).toMatchObject({ one: { state: 'succeeded' } });
    expect(world.bodies('finalize').length).toBeGreaterThanOrEqual(1);
  });

  it('names its invocation in every line, and shows nothing of the file', async () => {
    const world = await setup();
    const before = world.logs.lines().length;

    await world.run([world.message(), 'poison']);

    const lines = world.logs.lines().slice(before);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.every(({ requestId }) => requestId === 'request-1')).toBe(true);
    expect(world.logs.text()).not.toContain('hello world');
  });
});
