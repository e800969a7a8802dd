/** Outcomes that are taken over in place of new work: from the same bytes, and from an earlier generation. */
import { describe, expect, it } from 'vitest';
import { NonRetryableError } from '../../../shared/domain/errors.ts';
import { documentOf } from '../../../shared/domain/status.ts';
import { sha256Digest } from '../../../shared/processors/sha256-digest.ts';
import { drain, PRINCIPAL } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';
import {
  bytesOf,
  createReuseWorld,
  HELLO,
  outcomeOf,
  renderer,
  send,
  sent,
  sha256,
} from '../../support/reuse-world.ts';

describe('the same bytes once more', () => {
  it('are not worked again by the same tenant: outcomes are taken over, and derived files copied', async () => {
    const world = createReuseWorld();
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
    const world = createReuseWorld();
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
    const world = createReuseWorld();
    await sent(world);

    const other = await sent(world, { principal: { tenant: 'other', owner: 'ann' } });

    expect(await outcomeOf(world, other, 'render')).not.toHaveProperty('reused');
    expect(world.render.runs()).toBe(2);
  });

  it('outlive the upload that they came from, and are found through whoever has them', async () => {
    const world = createReuseWorld();
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
    const world = createReuseWorld();
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
    const world = createReuseWorld();
    const id = await sent(world);

    await world.deleteUpload(PRINCIPAL, id, 'request-2');
    await drain(world);

    expect(world.contents.uploads()).toEqual([]);
  });
});

describe('bytes that only claim to be the same', () => {
  it('are believed when the store checked them, and not when another tool put them there', async () => {
    const world = createReuseWorld();
    await sent(world);
    const declared = { name: 'a', size: HELLO.length, type: 'a/b', sha256: sha256(HELLO) };
    const request = { principal: PRINCIPAL, declared, requestId: 'request-2' };
    const { status, post } = await world.createUpload(request);

    expect(world.memory.objects.submit(post!, Buffer.from('HELLO WORLD'))).toBe('wrong_bytes');
    world.put(`incoming/acme/${status.id}`, 'HELLO WORLD');
    await drain(world);

    expect(world.render.runs()).toBe(1);
    expect(await world.store.find(status.id)).toMatchObject({
      state: 'failed',
      failure: { code: 'checksum_mismatch', step: 'sha256-digest' },
    });
  });

  it('are worked when the upload that was remembered does not say the same of itself', async () => {
    const world = createReuseWorld();
    const first = await sent(world, { text: 'HELLO WORLD' });
    await world.contents.remember({ tenant: 'acme', sha256: sha256(HELLO) }, first, 0);

    const id = await sent(world);

    expect(await outcomeOf(world, id, 'render')).not.toHaveProperty('reused');
  });
});

describe('what reuse costs where there is nothing to reuse', () => {
  it('is nothing for a file without a declared digest, and one look for one with it', async () => {
    const world = createReuseWorld({ processors: [sha256Digest, processor('fresh')] });

    await sent(world, { declares: false });
    expect(world.calls).toMatchObject({ find: 0, verify: 0 });
    expect(world.contents.uploads()).toEqual([]);

    await sent(world);
    expect(world.calls).toMatchObject({ find: 1, verify: 0 });
  });

  it('is nothing for steps that always run anew', async () => {
    const world = createReuseWorld({ processors: [processor('one')] });

    await sent(world);

    expect(world.calls.find).toBe(0);
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
    const world = createReuseWorld({ processors: [sha256Digest, render, picky] });
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
    const world = createReuseWorld();
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
    const world = createReuseWorld();
    const key = 'incoming/acme/dropped';
    world.put(key, HELLO);
    await drain(world);
    world.put(key, 'other bytes');
    await drain(world);

    expect(world.render.runs()).toBe(2);
  });
});
