import { describe, expect, it } from 'vitest';
import { idOfObject } from '../../../shared/adapters/object-id.ts';
import type { LaneMessage } from '../../../shared/contracts/messages.ts';
import { UPLOADS_BUCKET } from '../../support/factories.ts';
import { createMemoryWorld, drain } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const KEY = 'incoming/acme/report.csv';
const ID = idOfObject(UPLOADS_BUCKET, KEY);

const setup = async () => {
  const one = processor('one', {
    run: async ({ open, emit, source }) => {
      let text = '';
      for await (const chunk of await open()) text += chunk;
      await emit('copy.txt', Buffer.from(text), 'text/plain');
      return { text, size: source.size };
    },
  });
  const world = createMemoryWorld({ processors: [one] });
  const overwrite = async (content: string): Promise<LaneMessage> => {
    world.put(KEY, content);
    const { bucket, versionId, eTag, sequencer } = world.objects.versions(KEY).at(-1)!;
    await world.ingestObject({ bucket, key: KEY, versionId, eTag, sequencer }, world.meta());
    return JSON.parse(world.queue.messages('light').at(-1)!.body);
  };
  return { ...world, one, overwrite, first: await overwrite('old bytes') };
};

describe('an overwrite while the old version is processed', () => {
  it('A4: refuses the late outcomes of the old version and takes those of the new one', async () => {
    const world = await setup();
    const second = await world.overwrite('new');

    await world.runSteps(second, world.meta());
    await world.runSteps(world.first, world.meta({ requestId: 'late' }));

    expect(await world.store.find(ID)).toMatchObject({
      generation: 2,
      outcomes: { one: { result: { text: 'new', size: 3 } } },
    });
    expect(world.logs.lines().map(({ message }) => message)).toContain(
      'outcomes refused by a newer state',
    );
    // It could have made no children that somebody would have to take back.
    expect(world.bodies('deletions')).toEqual([]);
  });

  it('A4: does not even begin with the old version when its message comes again', async () => {
    const world = await setup();
    await world.overwrite('new');

    await world.runSteps(world.first, world.meta({ attempt: 2 }));

    expect(world.one.runs()).toBe(0);
  });

  it('A4: keeps the files of both versions apart', async () => {
    const world = await setup();
    const second = await world.overwrite('new');

    await world.runSteps(world.first, world.meta());
    await world.runSteps(second, world.meta());

    const files = [...world.objects.results()].map(([key, { bytes }]) => [
      key,
      String(Buffer.from(bytes)),
    ]);
    expect(Object.fromEntries(files)).toEqual({
      [`results/${ID}/1/one/copy.txt`]: 'old bytes',
      [`results/${ID}/2/one/copy.txt`]: 'new',
    });
  });

  it('A10: reads the version that was ingested, not the one that replaced it', async () => {
    const world = await setup();
    world.put(KEY, 'swapped under the worker');

    await world.runSteps(world.first, world.meta());

    expect(await world.store.find(ID)).toMatchObject({
      outcomes: { one: { result: { text: 'old bytes' } } },
    });
  });

  it('A9: ends the step at its first attempt when its version was deleted', async () => {
    const world = await setup();
    world.objects.removeVersion(KEY, world.first.object.versionId!);

    await world.runSteps(world.first, world.meta());

    expect(await world.store.find(ID)).toMatchObject({
      outcomes: { one: { state: 'failed', code: 'source_gone', attempt: 1 } },
    });
  });

  it('A4: ends once, as the newest version, when everything is drained', async () => {
    const world = await setup();
    await world.overwrite('new');
    await world.overwrite('newest');

    await drain(world);

    expect(await world.store.find(ID)).toMatchObject({
      state: 'completed',
      generation: 3,
      outcomes: { one: { result: { text: 'newest' } } },
    });
    const ids = world.bodies('notifications').map((body) => (body as { id: string }).id);
    expect(new Set(ids)).toEqual(new Set([`${ID}.3`]));
  });
});
