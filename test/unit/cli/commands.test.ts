import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { deleteUploads } from '../../../cli/commands/delete.ts';
import { results } from '../../../cli/commands/results.ts';
import { status } from '../../../cli/commands/status.ts';
import { upload } from '../../../cli/commands/upload.ts';
import { EXIT, UsageError } from '../../../cli/exit-codes.ts';
import { barText } from '../../../cli/terminal.ts';
import { answerFetch, json, problem, STORAGE, status as statusOf } from '../client/wire.ts';
import { callOf } from './call.ts';

const step = (name: string, more: object = {}) => ({
  name,
  state: 'succeeded',
  attempts: 1,
  files: [],
  ...more,
});

const href = '/uploads/upl_1/results/archive-listing/entries.jsonl';
const file = { name: 'entries.jsonl', size: 5, contentType: 'application/x-ndjson', href };
const ended = statusOf('completed', {
  progress: 100,
  steps: [
    step('sha256-digest', { outcome: { sha256: 'ab' } }),
    step('archive-listing', { outcome: { entries: 1 }, files: [file] }),
    step('malware-scan', { state: 'skipped' }),
  ],
});

const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'sluice-command-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
};

describe('sluice status', () => {
  it('of an upload that is well is its lines, or with --json the whole of it, and 0', async () => {
    answerFetch(() => json(ended));
    const words = callOf(['upl_1']);
    const asJson = callOf(['upl_1'], { isJson: true });

    expect(await status(words.call)).toBe(EXIT.done);
    expect(await status(asJson.call)).toBe(EXIT.done);

    expect(words.lines[0]).toBe('a (upl_1): completed');
    expect(asJson.answers).toEqual([ended]);
  });

  it('of one that failed ends with 1', async () => {
    answerFetch(() =>
      json(statusOf('failed', { error: { code: 'corrupt', message: 'Damaged.' } })),
    );

    expect(await status(callOf(['upl_1']).call)).toBe(EXIT.failed);
  });

  it('with --watch and --json tells each change once, the last one included', async () => {
    const told = [statusOf('processing', { rev: 1 }), { ...ended, rev: 2 }];
    const left = [...told];
    answerFetch(() => {
      const next = left.shift();
      return json(next, 200, { etag: `"${next?.rev}"`, 'retry-after': '0' });
    });
    const { call, answers } = callOf(['upl_1'], { isJson: true, flags: { watch: true } });

    expect(await status(call)).toBe(EXIT.done);

    expect(answers).toEqual(told);
  });
});

describe('sluice status of a group', () => {
  const member = (id: string, state: string, more: object = {}) => ({
    id,
    state,
    progress: 0,
    ...more,
  });
  const groupOf = (...uploads: readonly object[]) => ({
    id: 'grp_1',
    state: 'open',
    progress: 50,
    uploads,
  });

  it('is a line for all and one for each, and 0 while all is well', async () => {
    const group = groupOf(
      member('upl_1', 'completed', { name: 'a\u001b' }),
      member('upl_2', 'processing'),
    );
    const asked = answerFetch(() => json(group));
    const { call, answers, lines } = callOf(['grp_1']);

    expect(await status(call)).toBe(EXIT.done);

    expect(asked[0]?.url.pathname).toBe('/upload-groups/grp_1');
    expect(answers).toEqual([group]);
    expect(lines).toEqual([
      `grp_1: ${barText(0.5)} 2 uploads`,
      '  upl_1  completed   a\uFFFD',
      '  upl_2  processing',
    ]);
  });

  it('ends with 1 when one of them ended other than completed, and cannot be watched', async () => {
    answerFetch(() => json(groupOf(member('upl_1', 'completed'), member('upl_2', 'failed'))));

    expect(await status(callOf(['grp_1']).call)).toBe(EXIT.failed);
    const watching = status(callOf(['grp_1'], { flags: { watch: true } }).call);
    await expect(watching).rejects.toThrow(UsageError);
  });
});

describe('sluice results', () => {
  it('are what each step found and the files, in words and with --json', async () => {
    answerFetch(() => json(ended));
    const words = callOf(['upl_1']);
    const asJson = callOf(['upl_1'], { isJson: true });

    expect(await results(words.call)).toBe(EXIT.done);
    expect(await results(asJson.call)).toBe(EXIT.done);

    expect(words.lines).toContain('  archive-listing/entries.jsonl, 5 bytes');
    expect(words.lines.join('\n')).toContain('sha256-digest\n    sha256  ab');
    expect(asJson.answers).toEqual([
      {
        id: 'upl_1',
        state: 'completed',
        outcomes: {
          'sha256-digest': { sha256: 'ab' },
          'archive-listing': { entries: 1 },
          'malware-scan': undefined,
        },
        files: [{ step: 'archive-listing', ...file, path: undefined }],
      },
    ]);
  });

  it('are fetched into a folder by step, whole or not at all', async () => {
    const into = await folder();
    answerFetch(({ url }) => {
      if (url.origin === STORAGE) return new Response('hello');
      return url.pathname === href ? json({ url: `${STORAGE}/signed` }) : json(ended);
    });
    const { call, lines } = callOf(['upl_1'], { flags: { download: into } });

    expect(await results(call)).toBe(EXIT.done);

    const path = join(into, 'archive-listing/entries.jsonl');
    expect(await readFile(path, 'utf8')).toBe('hello');
    expect(lines).toContain(`  ${path}, 5 bytes`);
  });

  it.each(['../evil', '.hidden', 'a/b', ''])(
    'whose name is %j lead out of no folder',
    async (name) => {
      const [into, ofEvil] = [
        await folder(),
        step('archive-listing', { files: [{ ...file, name }] }),
      ];
      answerFetch(() => json(statusOf('completed', { steps: [ofEvil] })));

      const fetching = results(callOf(['upl_1'], { flags: { download: into } }).call);

      await expect(fetching).rejects.toThrow('is no name for a file');
    },
  );
});

describe('sluice delete', () => {
  it('goes on behind one that is not there, whose code is the command’s', async () => {
    const asked = answerFetch(({ url }) =>
      url.pathname.endsWith('upl_2')
        ? problem(404, 'not_found')
        : new Response(null, { status: 204 }),
    );
    const { call, answers, lines, troubles } = callOf(['upl_1', 'upl_2', 'upl_3'], {
      isJson: true,
    });

    expect(await deleteUploads(call)).toBe(EXIT.notFound);

    expect(asked.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual(
      ['upl_1', 'upl_2', 'upl_3'].map((id) => `DELETE /uploads/${id}`),
    );
    expect(answers).toEqual(['upl_1', 'upl_3'].map((id) => ({ id, deleted: true })));
    expect(lines).toEqual(['upl_1 is gone.', 'upl_3 is gone.']);
    expect(troubles).toMatchObject([{ status: 404, code: 'not_found' }]);
  });

  it('of what is there ends with 0', async () => {
    answerFetch(() => new Response(null, { status: 204 }));

    expect(await deleteUploads(callOf(['upl_1']).call)).toBe(EXIT.done);
  });
});

describe('sluice upload on a terminal', () => {
  /** Every drawing is late enough to be seen. */
  const onTerminal = (): string[] => {
    const written: string[] = [];
    let now = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => {
      now += 1_000;
      return now;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const { isTTY } = process.stderr;
    Object.assign(process.stderr, { isTTY: true });
    onTestFinished(() => {
      vi.restoreAllMocks();
      Object.assign(process.stderr, { isTTY });
    });
    return written;
  };

  it('draws a bar for the bytes and one for the steps, and leaves one line', async () => {
    const path = join(await folder(), 'a.txt');
    await writeFile(path, 'one\ntwo\n');
    const awaiting = statusOf('awaiting_upload');
    const post = { url: `${STORAGE}/form`, fields: {} };
    const changes = [
      statusOf('processing', { progress: 50, steps: [step('a'), step('b', { state: 'running' })] }),
      ended,
    ];
    answerFetch(({ url, method }) => {
      if (url.origin === STORAGE) return new Response(null, { status: 204 });
      if (method === 'POST') return json({ upload: awaiting, statusUrl: '/uploads/upl_1', post });
      return json(changes.shift(), 200, { etag: '"1"', 'retry-after': '0' });
    });
    const written = onTerminal();
    const { call, lines } = callOf([path], { flags: { watch: true } });

    expect(await upload(call)).toBe(EXIT.done);

    const drawn = written.join('');
    expect(drawn).toContain(`${barText(0)} 0 bytes of 8 bytes`);
    expect(drawn).toContain(`${barText(0.5)} 1 of 2 steps`);
    expect(drawn).toContain('\u001b[1A\u001b[J');
    expect(drawn).toContain('a.txt: completed\n');
    expect(lines).toEqual(['upl_1']);
  });
});
