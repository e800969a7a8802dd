import { describe, expect, it } from 'vitest';
import { NonRetryableError } from '../../../shared/domain/errors.ts';
import { partStepNames } from '../../../shared/domain/part.ts';
import { statusOf } from '../../../shared/domain/status.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import type { Processor } from '../../../shared/processors/processor.ts';
import { sha256Digest } from '../../../shared/processors/sha256-digest.ts';
import { tableProfile } from '../../../shared/processors/table-profile.ts';
import { createMemoryWorld, drain, drainFor, PRINCIPAL } from '../../support/memory-world.ts';

const PARTS = 4;
const PART_STEPS = partStepNames('table-profile', PARTS);
/** Every share has windows of its own. */
const ROWS = 12_000;
const CAUSE = { requestId: 'operator', attempt: 1 };

type Split = NonNullable<Processor['split']>;

/** Splits this content into four parts. */
const splitting = (content: string | Uint8Array, overrides: Partial<Split> = {}): Processor => {
  const partBytes = Math.ceil(Buffer.from(content as string).length / PARTS);
  const { split, ...processor } = tableProfile;
  if (split === undefined) throw new Error('It does not split.');
  return { ...processor, split: { ...split, above: 0, partBytes, ...overrides } };
};

const worldOf = (processor: Processor) =>
  createMemoryWorld({
    processors: [sha256Digest, processor],
    detectType: async () => ({ type: 'text/csv' }),
    maxObjectBytes: 16 * 1024 ** 2,
  });

type World = ReturnType<typeof worldOf>;

const uploadIn = (world: World): Upload => {
  const [upload] = world.store.uploads();
  if (upload === undefined) throw new Error('There is no upload.');
  return upload;
};

const processed = async (processor: Processor, content: string | Uint8Array) => {
  const world = worldOf(processor);
  (await world.announce(content, 'table.csv')).submit();
  await drain(world);
  return { world, upload: uploadIn(world) };
};

const resultIn = (upload: Upload, step = 'table-profile'): unknown => {
  const outcome = upload.outcomes[step];
  return outcome?.state === 'succeeded' ? outcome.result : outcome;
};

const rowsOf = (row: (index: number) => string): string =>
  `id,name,note\n${Array.from({ length: ROWS }, (_, index) => row(index)).join('')}`;

const PLAIN = rowsOf(
  (index) => `${index},name ${index % 700},${'some words '.repeat(index % 3)}\n`,
);

const TABLES: readonly (readonly [string, string | Uint8Array])[] = [
  ['without quotes', PLAIN],
  [
    'with line ends and delimiters within quotes',
    rowsOf((index) => `${index},"na""me, ${index}\r\n1,""2",x${index}\r\n`),
  ],
  ['with a byte-order mark', `\ufeff${PLAIN}`],
  ['behind a line that names its delimiter', `\ufeffsep=,\r\n${PLAIN}`],
  ['behind remarks', `# made by hand\n#\n${PLAIN}`],
  ['with records of other widths', rowsOf((i) => (i % 999 === 5 ? `${i}\n` : `${i},b,c\n`))],
  ['that ends within quotes', `${PLAIN}1,"never closed\n${PLAIN}`],
  ['with one long field over several parts', `a,b\n1,"${'some words,\n'.repeat(40_000)}"\n2,x\n`],
  ['that is hardly cut', `a,b\n${`1,${'x'.repeat(150_000)}\n`.repeat(3)}`],
  ['of old line ends', PLAIN.replaceAll('\n', '\r')],
  ['with zeros among its bytes', `${PLAIN}1,a\0b,\0\n${PLAIN}`],
  ['of UTF-16', Buffer.from(`\ufeff${PLAIN}`, 'utf16le')],
  [
    'with accents of an old encoding far behind its start',
    Buffer.concat([Buffer.from(PLAIN), Buffer.from('1,Zürich für alle,x\n'.repeat(50), 'latin1')]),
  ],
  ['with accents far behind its start', `${PLAIN}1,Zürich,x\n`],
  ['that is smaller than its parts', 'a,b\n1,2\n'],
];

describe('a table that is split', () => {
  it.each(TABLES)('comes to the same as one pass over it: %s', async (_, content) => {
    const split = await processed(splitting(content), content);
    const once = await processed(tableProfile, content);

    expect(split.upload.state).toBe('completed');
    expect(resultIn(split.upload)).toEqual(resultIn(once.upload));
    expect(once.upload.plan.map(({ name }) => name)).toEqual(['sha256-digest', 'table-profile']);
    expect(split.upload.plan.map(({ name }) => name)).toEqual([
      'sha256-digest',
      ...PART_STEPS,
      'table-profile',
    ]);
  });

  it('has its parts worked one message each, and shows nobody what they wrote', async () => {
    const world = worldOf(splitting(PLAIN));
    (await world.announce(PLAIN, 'table.csv')).submit();
    let messages: readonly unknown[] = [];
    const { send } = world.memory.queue;
    world.memory.queue.send = (queue, sent, group) => {
      if (queue === 'heavy') messages = sent;
      return send(queue, sent, group);
    };
    world.deps.queue.send = world.memory.queue.send;
    await drain(world);
    const upload = uploadIn(world);
    const key = `results/${upload.id}/1/${PART_STEPS[0]}/counted.bin`;

    expect(messages).toMatchObject(PART_STEPS.map((step) => ({ steps: [step] })));
    expect(world.objects.results().has(key)).toBe(true);
    expect(statusOf(upload).steps.flatMap(({ files }) => files)).toEqual([]);
  });

  it('counts its parts as the work that they are', async () => {
    const { upload } = await processed(splitting(PLAIN), PLAIN);
    const { outcomes } = upload;
    const open = Object.fromEntries(
      Object.entries(outcomes).filter(([step]) => !PART_STEPS.slice(2).includes(step)),
    );

    const { progress } = statusOf({
      ...{ ...upload, state: 'processing', outcomes: open },
      ...{ type: 'text/csv', startedAt: 0, dueAt: 0, drives: 0 },
    } as Upload);

    expect(progress).toBe(66);
  });

  it('fails with the code of the part that failed, and puts nothing together', async () => {
    const run: Split['run'] = async (input, part) => {
      if (part.index === 2) throw new NonRetryableError('corrupt');
      return tableProfile.split?.run(input, part);
    };
    const { upload } = await processed(splitting(PLAIN, { run }), PLAIN);

    expect(upload).toMatchObject({
      state: 'failed',
      failure: { code: 'corrupt', step: PART_STEPS[2] },
      outcomes: { 'table-profile': { state: 'skipped', code: 'dependency_failed' } },
    });
  });

  it('has only the part that failed worked again when it is processed once more', async () => {
    let [runs, isBroken] = [0, true];
    const run: Split['run'] = async (input, part) => {
      runs += 1;
      if (part.index === 2 && isBroken) throw new NonRetryableError('corrupt');
      return tableProfile.split?.run(input, part);
    };
    const { world, upload } = await processed(splitting(PLAIN, { run }), PLAIN);
    isBroken = false;
    await world.reprocess(upload.id, CAUSE);
    await drain(world);
    const again = uploadIn(world);
    const once = await processed(tableProfile, PLAIN);

    expect(runs).toBe(PARTS + 1);
    expect(again).toMatchObject({ state: 'completed', generation: 2 });
    expect(resultIn(again)).toEqual(resultIn(once.upload));
  });

  it('says over_budget for what is too wide in any part', async () => {
    const wide = `${'x,'.repeat(1_000)}x\n`;
    const budget = { ...tableProfile.budget, entries: 1_000 };
    for (const content of [`${PLAIN}${wide}`, `${PLAIN}${wide}${PLAIN}`]) {
      const { upload } = await processed({ ...splitting(content), budget }, content);

      expect(upload).toMatchObject({ state: 'failed', failure: { code: 'over_budget' } });
    }
  });

  it('is erased whole', async () => {
    const { world, upload } = await processed(splitting(PLAIN), PLAIN);

    await world.deleteUpload(PRINCIPAL, upload.id, 'request-2');
    await drainFor(world, 60_000);

    expect([...world.objects.results().keys()]).toEqual([]);
  });
});
