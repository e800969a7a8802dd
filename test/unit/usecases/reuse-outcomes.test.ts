import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { NonRetryableError, RetryableError } from '../../../shared/domain/errors.ts';
import type { StepSucceeded } from '../../../shared/domain/plan.ts';
import { documentOf } from '../../../shared/domain/status.ts';
import { sha256Digest } from '../../../shared/processors/sha256-digest.ts';
import { MINUTE } from '../../support/factories.ts';
import {
  createMemoryWorld,
  drain,
  drainFor,
  type MemoryWorld,
  PRINCIPAL,
  type WorldOptions,
} from '../../support/memory-world.ts';
import { processor, type TestProcessor } from '../../support/processors.ts';

const HELLO = 'hello world';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Writes a file, and can be taken back to an earlier version. */
const renderer = (overrides: Parameters<typeof processor>[1] = {}): TestProcessor =>
  processor('render', {
    lane: 'heavy',
    isReusable: true,
    needs: ['sha256-digest'],
    async run({ emit, outcomes }) {
      await emit(
        'render.txt',
        Buffer.from(JSON.stringify(outcomes['sha256-digest'])),
        'text/plain',
      );
      return { rendered: true };
    },
    ...overrides,
  });

interface Calls {
  find: number;
  verify: number;
  open: number;
}

const setup = (options: WorldOptions & { readonly render?: TestProcessor } = {}) => {
  const { render = renderer(), ...rest } = options;
  const fresh = processor('fresh');
  const calls: Calls = { find: 0, verify: 0, open: 0 };
  const world = createMemoryWorld({
    ...rest,
    processors: rest.processors ?? [sha256Digest, render, fresh],
    contents: (contents) => ({
      find: async (content) => {
        calls.find += 1;
        return (rest.contents?.(contents).find ?? contents.find)(content);
      },
    }),
    objects: (objects) => ({
      verifiedSha256: async (object) => {
        calls.verify += 1;
        return objects.verifiedSha256(object);
      },
      open: async (...opening) => {
        calls.open += 1;
        return objects.open(...opening);
      },
      ...rest.objects?.(objects),
    }),
  });
  return { ...world, render, fresh, calls };
};

interface Sending {
  readonly principal?: typeof PRINCIPAL | { readonly tenant: string; readonly owner: string };
  readonly text?: string;
  readonly declares?: boolean;
}

/** Announces a file and sends it; its events lie in the queue. */
const send = async (
  world: Pick<MemoryWorld, 'deps' | 'createUpload' | 'memory'>,
  { principal = PRINCIPAL, text = HELLO, declares = true }: Sending = {},
): Promise<string> => {
  const file = { name: 'hello.txt', size: text.length, type: 'text/plain' };
  const declared = declares ? { ...file, sha256: sha256(text) } : file;
  const { status, post } = await world.createUpload({
    principal,
    declared,
    requestId: 'request-1',
  });
  expect(world.memory.objects.submit(post, Buffer.from(text))).toBe('stored');
  return status.id;
};

const sent = async (world: MemoryWorld, sending: Sending = {}): Promise<string> => {
  const id = await send(world, sending);
  await drain(world);
  return id;
};

const outcomeOf = async (world: MemoryWorld, id: string, step: string) =>
  (await world.memory.store.find(id))?.outcomes[step] as StepSucceeded;

const bytesOf = (world: MemoryWorld, key: string): string | undefined => {
  const file = world.memory.objects.results().get(key);
  return file && Buffer.from(file.bytes).toString();
};

describe('the same bytes once more', () => {
  it('are not worked again by the same tenant: outcomes are taken over, and derived files copied', async () => {
    const world = setup();
    const first = await sent(world);
    const opened = world.calls.open;

    const second = await sent(world);

    const outcome = await outcomeOf(world, second, 'render');
    const key = `results/${second}/1/render/render.txt`;
    expect(await world.store.find(second)).toMatchObject({ state: 'completed' });
    expect(outcome).toMatchObject({
      state: 'succeeded',
      result: { rendered: true },
      reused: { uploadId: first, generation: 1 },
      files: [{ name: 'render.txt', key, contentType: 'text/plain' }],
    });
    expect(bytesOf(world, key)).toBe(bytesOf(world, `results/${first}/1/render/render.txt`));
    expect(await outcomeOf(world, second, 'sha256-digest')).toMatchObject({
      result: { sha256: sha256(HELLO) },
      reused: { uploadId: first },
    });
    expect(world.render.runs()).toBe(1);
    expect(world.fresh.runs()).toBe(2);
    expect(world.calls.open - opened).toBe(1);
  });

  it('are said to be reused, and nobody is told whose they were', async () => {
    const world = setup();
    const first = await sent(world, { principal: { tenant: 'acme', owner: 'bob' } });

    const second = await sent(world);

    const row = await world.store.find(second);
    const shown = JSON.stringify([documentOf(row!), world.bodies('notifications')[1]]);
    expect(documentOf(row!).status.steps).toMatchObject([
      { name: 'sha256-digest', reused: true },
      { name: 'render', reused: true },
      { name: 'fresh', state: 'succeeded' },
    ]);
    expect(documentOf(row!).status.steps[2]).not.toHaveProperty('reused');
    expect(shown).not.toContain(first);
    expect(bytesOf(world, `results/${second}/1/manifest.json`)).not.toContain(first);
  });

  it('E3: are worked anew for another tenant', async () => {
    const world = setup();
    await sent(world);

    const other = await sent(world, { principal: { tenant: 'other', owner: 'ann' } });

    expect(await outcomeOf(world, other, 'render')).not.toHaveProperty('reused');
    expect(world.render.runs()).toBe(2);
  });

  it('outlive the upload that they came from, and are found through whoever has them', async () => {
    const world = setup();
    const first = await sent(world);
    const second = await sent(world);

    await world.deleteUpload(PRINCIPAL, first, 'request-2');
    await drain(world);
    const third = await sent(world);

    expect(bytesOf(world, `results/${first}/1/render/render.txt`)).toBeUndefined();
    expect(bytesOf(world, `results/${second}/1/render/render.txt`)).toContain(sha256(HELLO));
    expect(await outcomeOf(world, third, 'render')).toMatchObject({ reused: { uploadId: second } });
  });

  it('are not found through an upload that was deleted, not even before it is erased', async () => {
    const world = setup();
    const first = await sent(world);
    await world.deleteUpload(PRINCIPAL, first, 'request-2');
    expect(world.contents.uploads()).toEqual([first]);

    const id = await send(world);
    const [erasing] = world.queue.receive('deletions');
    await drain(world);

    expect(await outcomeOf(world, id, 'render')).not.toHaveProperty('reused');
    world.queue.remove('deletions', erasing!.receiptHandle);
    await world.queue.send('deletions', [JSON.parse(erasing!.body)]);
    await drain(world);
    expect(world.contents.uploads()).toEqual([id]);
  });

  it('are forgotten with the deletion of the last one who had them', async () => {
    const world = setup();
    const id = await sent(world);

    await world.deleteUpload(PRINCIPAL, id, 'request-2');
    await drain(world);

    expect(world.contents.uploads()).toEqual([]);
  });
});

describe('bytes that only claim to be the same', () => {
  it('are believed when the store checked them, and not when another tool put them there', async () => {
    const world = setup();
    await sent(world);
    const declared = { name: 'a', size: HELLO.length, type: 'a/b', sha256: sha256(HELLO) };
    const request = { principal: PRINCIPAL, declared, requestId: 'request-2' };
    const { status, post } = await world.createUpload(request);

    expect(world.memory.objects.submit(post, Buffer.from('HELLO WORLD'))).toBe('wrong_bytes');
    world.put(`incoming/acme/${status.id}`, 'HELLO WORLD');
    await drain(world);

    expect(world.render.runs()).toBe(1);
    expect(await world.store.find(status.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'checksum_mismatch', step: 'sha256-digest' },
    });
  });

  it('are worked when the upload that was remembered does not say the same of itself', async () => {
    const world = setup();
    const first = await sent(world, { text: 'HELLO WORLD' });
    await world.contents.remember({ tenant: 'acme', sha256: sha256(HELLO) }, first, 0);

    const id = await sent(world);

    expect(await outcomeOf(world, id, 'render')).not.toHaveProperty('reused');
  });
});

describe('what reuse costs where there is nothing to reuse', () => {
  it('is nothing for a file without a declared digest, and one look for one with it', async () => {
    const world = setup({ processors: [sha256Digest, processor('fresh')] });

    await sent(world, { declares: false });
    expect(world.calls).toMatchObject({ find: 0, verify: 0 });
    expect(world.contents.uploads()).toEqual([]);

    await sent(world);
    expect(world.calls).toMatchObject({ find: 1, verify: 0 });
  });

  it('is nothing for steps that always run anew', async () => {
    const world = setup({ processors: [processor('one')] });

    await sent(world);

    expect(world.calls.find).toBe(0);
  });
});

describe('a step that cannot be taken over', () => {
  it('is worked when it is newer than the earlier one, beside others that are taken over', async () => {
    const world = setup();
    await sent(world);
    Object.assign(world.render, { version: 2 });

    const id = await sent(world);

    expect(await outcomeOf(world, id, 'render')).not.toHaveProperty('reused');
    expect(await outcomeOf(world, id, 'sha256-digest')).toHaveProperty('reused');
    expect(world.render.runs()).toBe(2);
  });

  it('is worked when its derived file is not there any more', async () => {
    const world = setup({ objects: () => ({ copyResult: async () => false }) });
    await sent(world);

    const id = await sent(world);

    expect(await outcomeOf(world, id, 'render')).not.toHaveProperty('reused');
    expect(bytesOf(world, `results/${id}/1/render/render.txt`)).toContain(sha256(HELLO));
  });

  it.each<[string, WorldOptions]>([
    [
      'the index',
      { contents: () => ({ find: () => Promise.reject(new RetryableError('store_unavailable')) }) },
    ],
    [
      'the copy',
      {
        objects: () => ({
          copyResult: () => Promise.reject(new RetryableError('storage_unavailable')),
        }),
      },
    ],
    [
      'the check',
      {
        objects: () => ({
          verifiedSha256: () => Promise.reject(new RetryableError('storage_unavailable')),
        }),
      },
    ],
  ])('is worked at once while %s does not answer', async (_name, options) => {
    const world = setup(options);
    await sent(world);

    const id = await sent(world);

    expect(await world.store.find(id)).toMatchObject({ state: 'completed' });
    expect(await outcomeOf(world, id, 'render')).toMatchObject({ attempt: 1 });
    expect(world.render.runs()).toBe(2);
  });
});

describe('a worker that dies while it takes over', () => {
  it.each(['before', 'after'] as const)(
    'B5: %s the copy is followed by another, with the same files and one outcome',
    async (when) => {
      let dies = false;
      const world = setup({
        objects: (objects) => ({
          async copyResult(from, to) {
            const isNow = dies;
            dies = false;
            if (isNow && when === 'before') throw new Error('killed');
            const isCopied = await objects.copyResult(from, to);
            if (isNow) throw new Error('killed');
            return isCopied;
          },
        }),
      });
      await sent(world);
      const id = await send(world);
      dies = true;

      await drainFor(world, 30 * MINUTE);

      expect(dies).toBe(false);
      expect(await world.store.find(id)).toMatchObject({ state: 'completed' });
      expect(await outcomeOf(world, id, 'render')).toMatchObject({ attempt: 2, reused: {} });
    },
  );

  it('B4: of two at one message the first outcome stands, whichever way it was come by', async () => {
    const world = setup();
    await sent(world);
    const id = await send(world);
    const hold = async (lane: 'light' | 'heavy') => {
      for (const name of ['upload-events', 'light', 'heavy'] as const) {
        if (name === lane) break;
        await drain({
          ...world,
          queue: {
            ...world.queue,
            receive: (queue, max) => (queue === lane ? [] : world.queue.receive(queue, max)),
          },
        });
      }
      return JSON.parse(world.queue.receive(lane)[0]!.body);
    };
    const message = await hold('heavy');

    await Promise.all([
      world.runSteps(message, world.meta()),
      world.runSteps({ ...message, isFresh: true }, world.meta({ attempt: 2, lastAttempt: true })),
    ]);
    const outcome = await outcomeOf(world, id, 'render');
    await world.runSteps(message, world.meta({ attempt: 3 }));

    expect(await outcomeOf(world, id, 'render')).toEqual(outcome);
    expect(bytesOf(world, outcome.files[0]!.key)).toContain(sha256(HELLO));
  });
});

describe('processing once more', () => {
  const operator = { requestId: 'operator', attempt: 1 };

  it('works only what failed or is newer, and copies the rest', async () => {
    let isBroken = true;
    const picky = processor('picky', {
      isReusable: true,
      async run() {
        if (isBroken) throw new NonRetryableError('corrupt');
        return { ok: true };
      },
    });
    const render = renderer();
    const world = setup({ processors: [sha256Digest, render, picky] });
    const id = await sent(world, { declares: false });
    expect(await world.store.find(id)).toMatchObject({ state: 'failed' });
    isBroken = false;

    await world.reprocess(id, operator);
    await drain(world);

    expect(await world.store.find(id)).toMatchObject({ state: 'completed', generation: 2 });
    expect(render.runs()).toBe(1);
    expect(picky.runs()).toBe(2);
    expect(await outcomeOf(world, id, 'render')).toMatchObject({
      reused: { uploadId: id, generation: 1 },
      files: [{ key: `results/${id}/2/render/render.txt` }],
    });

    Object.assign(render, { version: 2 });
    await world.reprocess(id, operator);
    await drain(world);
    expect(render.runs()).toBe(2);
    expect(picky.runs()).toBe(2);
    expect(await outcomeOf(world, id, 'picky')).toMatchObject({ reused: { generation: 2 } });
  });

  it('works everything when that is asked for, though the same bytes are known', async () => {
    const world = setup();
    await sent(world);
    const id = await sent(world);
    expect(world.render.runs()).toBe(1);

    await world.reprocess(id, operator, { isFresh: true });
    await drain(world);

    expect(await world.store.find(id)).toMatchObject({ state: 'completed', generation: 2 });
    expect(await outcomeOf(world, id, 'render')).not.toHaveProperty('reused');
    expect(world.render.runs()).toBe(2);
  });

  it('of an overwritten object takes nothing over from the bytes before', async () => {
    const world = setup();
    const key = 'incoming/acme/dropped';
    world.put(key, HELLO);
    await drain(world);
    world.put(key, 'other bytes');
    await drain(world);

    expect(world.render.runs()).toBe(2);
  });
});
