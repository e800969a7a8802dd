import { describe, expect, it } from 'vitest';
import { laneMessage as laneSchema } from '../../../shared/contracts/messages.ts';
import { RetryableError } from '../../../shared/domain/errors.ts';
import type { ProcessingUpload } from '../../../shared/domain/upload.ts';
import { cause, failed, processing, step, succeeded, UPLOAD_ID } from '../../support/factories.ts';
import { createMemoryWorld, type WorldOptions } from '../../support/memory-world.ts';

const setup = async (upload: ProcessingUpload, options: WorldOptions = {}) => {
  const world = createMemoryWorld(options);
  await world.store.put({ ...upload, rev: 1 });
  const drive = (after?: readonly string[]) =>
    world.deps.driveForward(
      { ...upload, rev: 1 },
      cause(),
      after === undefined ? {} : { after: new Set(after) },
    );
  return { ...world, drive };
};

describe('driving an upload forward', () => {
  it('sends one message per lane with all its ready steps', async () => {
    const plan = [step('a'), step('b', { lane: 'heavy' }), step('c'), step('d', { needs: ['a'] })];
    const world = await setup(processing({ plan }));

    await world.drive();

    expect(world.bodies('light')).toMatchObject([{ steps: ['a', 'c'] }]);
    expect(world.bodies('heavy')).toMatchObject([{ steps: ['b'] }]);
    expect(world.bodies('finalize')).toEqual([]);
  });

  it('B1: sends messages with all that a worker needs, so that none reads the state first', async () => {
    const plan = [step('a'), step('b', { needs: ['a'] })];
    const outcomes = { a: succeeded({ result: { pages: 3 } }) };
    const upload = processing({
      plan,
      outcomes,
      declared: { name: 'ü.pdf', size: 11, type: 'application/pdf', sha256: 'a'.repeat(64) },
    });
    const world = await setup(upload);

    await world.drive();

    const [message] = world.bodies('light');
    expect(laneSchema.parse(message)).toEqual({
      v: 1,
      kind: 'steps',
      uploadId: UPLOAD_ID,
      tenant: 'acme',
      owner: 'ann',
      generation: 1,
      object: {
        bucket: 'uploads',
        key: `incoming/acme/${UPLOAD_ID}`,
        versionId: 'version-1',
        eTag: 'etag-1',
        size: 11,
      },
      type: 'text/plain',
      name: 'ü.pdf',
      declaredType: 'application/pdf',
      declaredSha256: 'a'.repeat(64),
      steps: ['b'],
      results: { a: { pages: 3 } },
    });
  });

  it('sends after an outcome only what waited for it', async () => {
    const plan = [step('a'), step('b'), step('c', { needs: ['a'] })];
    const world = await setup(processing({ plan, outcomes: { a: succeeded() } }));

    await world.drive(['a']);

    expect(world.bodies('light')).toMatchObject([{ steps: ['c'] }]);
  });

  it('skips a whole chain behind a failure, then asks for the end', async () => {
    const plan = [step('a'), step('b', { needs: ['a'] }), step('c', { needs: ['b'] })];
    const world = await setup(processing({ plan, outcomes: { a: failed() } }));

    await world.drive();

    const upload = await world.store.find(UPLOAD_ID);
    expect(upload?.outcomes).toMatchObject({
      a: { state: 'failed' },
      b: { state: 'skipped' },
      c: { state: 'skipped' },
    });
    expect(world.bodies('finalize')).toEqual([{ v: 1, kind: 'finalize', uploadId: UPLOAD_ID }]);
  });

  it('asks for the end of a plan without steps', async () => {
    const world = await setup(processing({ plan: [] }));

    await world.drive();

    expect(world.bodies('finalize')).toHaveLength(1);
  });

  it('A4: sends nothing for a generation that is no longer the current one', async () => {
    const plan = [step('a'), step('b', { needs: ['a'] })];
    const upload = processing({ plan, outcomes: { a: failed() } });
    const world = await setup(upload);
    await world.store.put({ ...upload, rev: 2, generation: 2 });

    await world.drive();

    expect(world.bodies('finalize')).toEqual([]);
    expect(world.bodies('light')).toEqual([]);
  });

  it('B2, B3: fails when one lane was not sent, and sends all of it again when repeated', async () => {
    let mustFail = true;
    const plan = [step('a'), step('b', { lane: 'heavy' })];
    const world = await setup(processing({ plan }), {
      queue: (queue) => ({
        send: async (name, messages) => {
          if (mustFail && name === 'heavy') throw new RetryableError('queue_unavailable');
          await queue.send(name, messages);
        },
      }),
    });
    await expect(world.drive()).rejects.toMatchObject({ code: 'queue_unavailable' });
    mustFail = false;

    await world.drive();

    expect(world.bodies('heavy')).toHaveLength(1);
    expect(world.bodies('light').length).toBeGreaterThanOrEqual(1);
  });
});
