/** A flood of one tenant, and what another one notices of it. */
import { describe, expect, it } from 'vitest';
import { createFairShare } from '../../../shared/adapters/memory/fair-share.ts';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createMemoryWorkQueue } from '../../../shared/adapters/memory/memory-work-queue.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { createMemoryWorld } from '../../support/memory-world.ts';

const FLOOD = 10_000;
/** Only against a hang, however busy the machine is. */
const GUARD_MS = 120_000;

describe('a backlog of one tenant', () => {
  it.each([
    [FLOOD, 'oldest first', undefined],
    [FLOOD / 10, 'in any order', createSeededRandom(3)],
  ])(
    'B19: of %i messages and one worker lets another tenant be served with the next batch (%s)',
    async (count, _title, random) => {
      const clock = createMemoryClock();
      const queue = createMemoryWorkQueue({ clock, random });
      const bodies = Array.from({ length: count }, (_, index) => ({ index }));
      await queue.send('light', bodies, 'noisy');
      /** One worker: a batch, a second of work, and only then the next one. */
      const work = (): readonly string[] =>
        queue.receive('light').map(({ receiptHandle, body }) => {
          clock.tick(100);
          queue.remove('light', receiptHandle);
          return body;
        });

      const waits: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        for (let batch = 0; batch < 6; batch += 1) work();
        await queue.send('light', [{ quiet: round }], 'quiet');
        let batches = 1;
        while (!work().includes(JSON.stringify({ quiet: round }))) batches += 1;
        waits.push(batches);
      }

      expect(waits).toEqual([1, 1, 1]);
      expect(queue.messages('light').length).toBeGreaterThan(count / 2);
    },
    GUARD_MS,
  );

  it('B19: is a group of its own in every queue that it waits in', async () => {
    const groups = new Set<string>();
    const world = createMemoryWorld({
      queue: (queue) => ({
        async send(name, messages, group) {
          groups.add(`${name} ${group}`);
          await queue.send(name, messages, group);
        },
      }),
    });
    const { id, submit } = await world.announce();
    submit();
    const upload = await world.store.find(id);
    const message = world.queue.receive('upload-events')[0]!;
    const [record] = JSON.parse(message.body).Records;
    const { bucket, object } = record.s3;
    await world.ingestObject(
      {
        bucket: bucket.name,
        key: object.key,
        versionId: object.versionId,
        sequencer: object.sequencer,
      },
      world.meta(),
    );
    await world.deleteUpload({ tenant: upload!.tenant, owner: upload!.owner }, id, 'request-2');

    expect(groups).toEqual(new Set([`light ${upload!.tenant}`, `deletions ${upload!.tenant}`]));
  });
});

describe('a fair share', () => {
  const groupOf = ({ group }: { readonly group: string | undefined }) => group;
  const messages = (group: string | undefined, count: number) =>
    Array.from({ length: count }, () => ({ group }));

  it('leaves the order alone while nobody is noisy, and while everybody is alike', () => {
    const share = createFairShare();
    const visible = [...messages('a', 2), ...messages('b', 2), ...messages('a', 1)];

    expect(share.order({ visible, inFlight: messages('a', 29), groupOf, now: 0 })).toEqual(visible);
    const alone = messages('a', 5);
    expect(share.order({ visible: alone, inFlight: messages('a', 90), groupOf, now: 0 })).toBe(
      alone,
    );
  });

  it('puts the noisy with the fewest messages in flight first, behind every quiet one', () => {
    const share = createFairShare();
    const visible = [
      ...messages('a', 1),
      ...messages('b', 1),
      ...messages('c', 1),
      ...messages(undefined, 1),
    ];
    const inFlight = [...messages('a', 60), ...messages('b', 40), ...messages('c', 5)];

    const order = share.order({ visible, inFlight, groupOf, now: 0 });

    expect(order.map(groupOf)).toEqual(['c', undefined, 'b', 'a']);
  });

  it('forgets what a group worked some minutes ago', () => {
    const share = createFairShare();
    const visible = [...messages('a', 1), ...messages('b', 1)];
    const first = (now: number) => share.order({ visible, inFlight: [], groupOf, now })[0]?.group;
    share.worked('a', 1_000, 0);

    expect(first(1_000)).toBe('b');
    expect(first(11 * 60_000)).toBe('a');
  });
});
