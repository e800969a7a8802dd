import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { operatorCommand } from '../../../shared/contracts/operate.ts';
import { createOperateHandler } from '../../../shared/lambda/operate.ts';
import { invocation } from '../../support/envelopes.ts';
import { T0 } from '../../support/factories.ts';
import { drain, PRINCIPAL } from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';

const setup = async () => {
  const world = await createProcessingWorld();
  const handler = createOperateHandler(world.deps);
  const keep = (messageId: string, fingerprint: string, uploadId?: string) =>
    world.letters.keep({
      messageId,
      queue: 'light',
      body: JSON.stringify(world.message()),
      fingerprint,
      code: 'crashed',
      message: 'The worker died.',
      buriedAt: T0,
      ...(uploadId === undefined ? {} : { uploadId }),
    });
  return { ...world, keep, run: (event: unknown) => handler(event, invocation()) };
};

describe('a command', () => {
  it.each([
    [undefined, 'the command'],
    ['explain', 'the command'],
    [{ command: 'delete-everything' }, 'command'],
    [{ command: 'explain' }, 'uploadId'],
    [{ command: 'redrive' }, 'say which letters'],
    [{ command: 'redrive', uploadId: 'upl_1', dryrun: true }, 'dryrun'],
    [{ command: 'redrive', uploadId: 'upl_1', perSecond: 0 }, 'perSecond'],
    [{ command: 'rebuild-view', owner: 'ann' }, 'tenant'],
  ])('%j is refused, naming what is wrong', async (event, named) => {
    const { run } = await setup();

    await expect(run(event)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(named),
    });
  });

  it('is logged before it is obeyed', async () => {
    const { run, logs } = await setup();

    await run({ command: 'dead-letters' });

    expect(logs.lines()).toContainEqual(expect.objectContaining({ message: 'operator command' }));
  });
});

describe('dead-letters', () => {
  it('groups the letters by what killed them, the most frequent first', async () => {
    const { run, keep } = await setup();
    await keep('a', 'light.crashed', 'upl_a');
    await keep('b', 'light.invalid_message');
    await keep('c', 'light.crashed', 'upl_c');

    expect(await run({ command: 'dead-letters' })).toMatchObject({
      groups: [
        {
          fingerprint: 'light.crashed',
          count: 2,
          firstBuriedAt: '2026-01-01T00:00:00.000Z',
          examples: [
            { messageId: 'a', uploadId: 'upl_a' },
            { messageId: 'c', uploadId: 'upl_c' },
          ],
        },
        { fingerprint: 'light.invalid_message', count: 1, examples: [{ messageId: 'b' }] },
      ],
    });
  });

  it('shows the beginning of what died', async () => {
    const { run, letters } = await setup();
    await letters.keep({
      messageId: 'a',
      queue: 'light',
      body: `poison ${'x'.repeat(5_000)}`,
      fingerprint: 'light.invalid_message',
      code: 'invalid_message',
      message: 'Nobody understands it.',
      buriedAt: T0,
    });

    expect(await run({ command: 'dead-letters' })).toMatchObject({
      groups: [{ examples: [{ body: `poison ${'x'.repeat(993)}` }] }],
    });
  });

  it('shows only the letters that are asked for', async () => {
    const { run, keep, id } = await setup();
    await keep('a', 'light.crashed', id);
    await keep('b', 'heavy.crashed', id);

    const some = { command: 'dead-letters', fingerprint: 'heavy.crashed' };
    expect(await run(some)).toMatchObject({ groups: [{ fingerprint: 'heavy.crashed', count: 1 }] });
    const none = { command: 'dead-letters', uploadId: 'upl_nobody' };
    expect(await run(none)).toMatchObject({ groups: [] });
  });

  it('reads a bounded number, and on from its cursor', async () => {
    const { run, keep } = await setup();
    for (let n = 0; n < 1_050; n += 1) await keep(`m${1_000 + n}`, 'light.crashed');

    const first = (await run({ command: 'dead-letters' })) as {
      groups: { count: number }[];
      cursor: string;
    };
    const rest = await run({ command: 'dead-letters', cursor: first.cursor });

    expect(first.groups[0]?.count).toBe(1_000);
    expect(rest).toMatchObject({ groups: [{ count: 50 }], cursor: undefined });
  });
});

describe('the commands on one upload', () => {
  it('redrive sends its letters again', async () => {
    const { run, keep, id, letters } = await setup();
    await keep('a', 'light.crashed', id);

    expect(await run({ command: 'redrive', uploadId: id })).toMatchObject({
      letters: [{ messageId: 'a', action: 'send' }],
      done: true,
    });
    expect(letters.all()).toEqual([]);
  });

  it('reprocess opens the next generation, with the invocation as its cause', async () => {
    const world = await setup();
    await drain(world);

    expect(await world.run({ command: 'reprocess', uploadId: world.id })).toEqual({
      uploadId: world.id,
      generation: 2,
      state: 'processing',
    });
    expect((await world.upload()).timeline.at(-1)).toMatchObject({
      event: 'reprocess_requested',
      requestId: 'request-1',
    });
  });

  it('reprocess of an upload that is not done is refused', async () => {
    const { run, id } = await setup();

    await expect(run({ command: 'reprocess', uploadId: id })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('explain tells its story, whoever owns it', async () => {
    const { run, id } = await setup();

    expect(await run({ command: 'explain', uploadId: id })).toMatchObject({
      uploadId: id,
      state: 'processing',
      story: expect.arrayContaining([expect.stringContaining('its object had arrived')]),
    });
  });

  it('explain knows no story of what is not there', async () => {
    const { run } = await setup();

    await expect(run({ command: 'explain', uploadId: 'upl_unknown' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('rebuild-view shows it again', async () => {
    const { run, id, memory } = await setup();

    expect(await run({ command: 'rebuild-view' })).toMatchObject({ done: true });
    expect(await memory.board.look(PRINCIPAL, id)).toMatchObject({ found: { ready: { id } } });
  });
});

describe('docs/runbook.md', () => {
  const root = new URL('../../../', import.meta.url);
  const text = readFileSync(new URL('docs/runbook.md', root), 'utf8');

  it('gives only commands that are some', () => {
    const commands = [...text.matchAll(/^op '(.+)'$/gm)].map(([, json = '']) => JSON.parse(json));
    const kinds = new Set(commands.map(({ command }) => command));

    expect(commands.filter((command) => !operatorCommand.safeParse(command).success)).toEqual([]);
    expect(kinds).toEqual(
      new Set([
        'dead-letters',
        'redrive',
        'reprocess',
        'rebuild-view',
        'explain',
        'tenant-budget',
        'tenant-quota',
      ]),
    );
  });

  it('says what to do at every alarm', () => {
    const alarms = readdirSync(new URL('infra/', root))
      .filter((file) => file.startsWith('alarms-'))
      .flatMap((file) => readFileSync(new URL(`infra/${file}`, root), 'utf8').split('\n'))
      .flatMap((line) => /AlarmName: sluice-\$\{sls:stage\}-([\w-]+)/.exec(line)?.[1] ?? []);
    const ofFunctions = /-(errors|throttles)$/;

    expect(alarms.length).toBeGreaterThan(10);
    expect(
      alarms.filter((name) => !ofFunctions.test(name) && !text.includes(`\`${name}\``)),
    ).toEqual([]);
  });
});
