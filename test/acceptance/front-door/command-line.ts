/** `npx sluice` as people and scripts use it: one process per command, against the whole pipeline. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLocalFile } from '../../../client/local-file.ts';
import { createSluice } from '../../../client/sluice.ts';
import { zipOf } from '../../support/archives.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';
import { STORY_MS, stack } from './client.ts';
import { type Ended, jsonLines, start } from './sluice-process.ts';

let scratch: string;

const asDev = () => ({
  SLUICE_URL: stack().httpUrl,
  SLUICE_FOLLOW_URL: stack().followUrl,
  SLUICE_TOKEN: stack().token,
});

const sluice = (...words: readonly string[]): Promise<Ended> => start(words, asDev()).ended;

const fileNamed = async (name: string, bytes: string | Uint8Array): Promise<string> => {
  const path = join(scratch, name);
  await writeFile(path, bytes);
  return path;
};

export const describeCommandLine = (): void => {
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'sluice-cli-'));
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  describe('sluice upload', () => {
    test(
      'prints the ids of what it sent, follows it when told to, and ends with 1 when one failed',
      async () => {
        const good = await fileNamed('good.txt', 'one\ntwo\n');
        const damaged = await fileNamed('cut.png', Buffer.from('89504e470d0a1a0a0000', 'hex'));

        const [sent, watched] = await Promise.all([
          sluice('upload', good),
          sluice('upload', good, damaged, '--watch', '--json'),
        ]);
        const answers = jsonLines(watched);
        const states = answers.map(({ file, upload }) => [
          file,
          (upload as unknown as { state: string }).state,
        ]);

        expect(sent).toMatchObject({ code: 0 });
        expect(sent.out).toMatch(/^upl_\w{26}\n$/);
        expect(sent.err).toContain('good.txt: sent');
        expect(Object.fromEntries(states)).toEqual({ [good]: 'completed', [damaged]: 'failed' });
        expect(watched).toMatchObject({ code: 1, err: '' });
      },
      STORY_MS,
    );

    test(
      'announces files as one group, whose status is asked by its id',
      async () => {
        const [one, other] = [await fileNamed('1.txt', 'one'), await fileNamed('2.txt', 'two')];

        const sent = await sluice('upload', one, other, '--group', '--watch');
        const [group = '', ...ids] = sent.out.trim().split('\n');
        const shown = await sluice('status', group);
        const both = await sluice('upload', one, '--group', '--resume', ids[0] ?? '');

        expect(sent).toMatchObject({ code: 0 });
        expect(group).toMatch(/^grp_\w{26}$/);
        expect(shown).toMatchObject({ code: 0 });
        expect(shown.out.split('\n')[0]).toBe(`${group}: ended 2 uploads`);
        for (const id of ids) expect(shown.out).toMatch(new RegExp(`^  ${id}  completed`, 'm'));
        expect(both.code).toBe(2);
      },
      STORY_MS,
    );

    test(
      'sends a large file in parts, and goes on with one that broke off',
      async () => {
        const path = await fileNamed(
          'large.txt',
          Buffer.alloc(17 * 1024 ** 2, 'sluice in parts\n'),
        );
        const client = createSluice({ url: stack().httpUrl, session: stack().token });
        const { file, ...declaration } = await openLocalFile(path);
        const { upload } = await client.create({ ...declaration, size: file.size });
        const { parts, partSize } = await client.signParts(upload.id, [2]);
        const second = file.slice(partSize, 2 * partSize);
        await fetch(parts[0]?.url ?? '', { method: 'PUT', body: second });

        const resumed = await sluice('upload', '--resume', upload.id, path, '--watch', '--json');
        const fresh = await sluice('upload', path);
        const waiting = await client.create({ name: 'b', size: 2 });
        const other = await sluice(
          'upload',
          '--resume',
          waiting.upload.id,
          await fileNamed('b', 'b'),
        );

        expect(resumed).toMatchObject({ code: 0 });
        expect(jsonLines(resumed)).toMatchObject([
          { upload: { id: upload.id, state: 'completed' } },
        ]);
        expect(fresh).toMatchObject({ code: 0 });
        expect(other).toMatchObject({ code: 6, out: '' });
      },
      STORY_MS,
    );

    test(
      'that is interrupted says how to go on, and ends with 130',
      async () => {
        const path = await fileNamed('held.txt', 'held');
        const upload = { id: 'upl_1', state: 'awaiting_upload', steps: [] };
        const controller = new AbortController();
        const posted = once(controller.signal, 'abort');
        const server = await startScriptedServer((request, response) => {
          if (request.path === '/form') return controller.abort();
          const form = { url: `${server.url}/form`, fields: {} };
          response.writeHead(201, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ upload, statusUrl: '/uploads/upl_1', post: form }));
        });

        const running = start(['upload', path], { SLUICE_URL: server.url, SLUICE_TOKEN: 'any' });
        await posted;
        running.interrupt();
        const ended = await running.ended;
        await server.close();

        expect(ended).toMatchObject({ code: 130, out: '' });
        expect(ended.err).toContain('npx sluice upload --resume upl_1');
      },
      STORY_MS,
    );
  });

  describe('an upload', () => {
    test(
      'is shown, explained, fetched and deleted by its id; afterwards it is not found',
      async () => {
        const path = await fileNamed('a.zip', zipOf([{ name: 'inside.txt', body: 'hello' }]));
        const id = (await sluice('upload', path, '--watch')).out.trim();
        const folder = join(scratch, 'fetched');

        const [shown, told, fetched, asJson] = await Promise.all([
          sluice('status', id),
          sluice('explain', id),
          sluice('results', id, '--download', folder),
          sluice('explain', id, '--json'),
        ]);
        const deleted = await sluice('delete', id, 'upl_nothing');
        const gone = await sluice('status', id, '--json');

        expect(shown).toMatchObject({ code: 0, err: '' });
        expect(shown.out).toMatch(/^a\.zip \(upl_\w+\): completed\n.*application\/zip\n/);
        expect(told.out).toMatch(/Upload upl_\w+ is "a\.zip".*application\/zip\.\n/);
        expect(told.out).toMatch(/Z it was announced through the API \(request \S+\)\.\n/);
        expect(told.out).toMatch(/archive-listing succeeded in \d+ ms/);
        expect(told.out).toMatch(/It has been completed since .*\.\n$/);
        expect(jsonLines(asJson)[0]).toMatchObject({
          upload: { id },
          sentences: expect.any(Array),
        });
        expect(fetched).toMatchObject({ code: 0 });
        const listing = await readFile(join(folder, 'archive-listing/entries.jsonl'), 'utf8');
        expect(JSON.parse(listing)).toMatchObject({ name: 'inside.txt' });
        expect(deleted).toMatchObject({ code: 5, out: `${id} is gone.\n` });
        expect(gone).toMatchObject({ code: 5, out: '' });
        expect(JSON.parse(gone.err)).toMatchObject({ error: { status: 404, code: 'not_found' } });
      },
      STORY_MS,
    );

    test(
      'E12: whose name would move the cursor, colour the terminal or turn the text does nothing of it',
      async () => {
        const name = 'a\u001b[31m\u202etxt.exe\r\n';
        const client = createSluice({ url: stack().httpUrl, session: stack().token });
        const { upload } = await client.create({ name, size: 1 });

        const said = await Promise.all(
          ['status', 'explain', 'results'].map((one) => sluice(one, upload.id)),
        );

        for (const { code, out } of said) {
          expect(code).toBe(0);
          expect(out).toContain('a\uFFFD[31m\uFFFDtxt.exe\uFFFD\uFFFD');
          for (const unseen of ['\u001b', '\u202e', '\r']) expect(out).not.toContain(unseen);
        }
      },
      STORY_MS,
    );
  });

  describe('whom a command speaks for', () => {
    test(
      'without a token an anonymous session is started once and kept for its owner alone',
      async () => {
        const environment = { SLUICE_URL: stack().httpUrl, XDG_STATE_HOME: join(scratch, 'state') };
        const path = await fileNamed('mine.txt', 'mine');

        const sent = await start(['upload', path], environment).ended;
        const found = await start(['status', sent.out.trim()], environment).ended;
        const elsewhere = { ...environment, XDG_STATE_HOME: join(scratch, 'other') };
        const hidden = await start(['status', sent.out.trim()], elsewhere).ended;

        expect([sent.code, found.code, hidden.code]).toEqual([0, 0, 5]);
        const { mode } = await stat(join(scratch, 'state/sluice/sessions.json'));
        expect(mode & 0o777).toBe(0o600);
      },
      STORY_MS,
    );

    test(
      'a token that does not count ends with 4, and nobody prints it',
      async () => {
        const environment = { SLUICE_URL: stack().httpUrl, SLUICE_TOKEN: 'of.nobody.here' };

        const refused = await start(['status', 'upl_1'], environment).ended;
        const examined = await start(['doctor'], environment).ended;

        expect(refused).toMatchObject({ code: 4, out: '' });
        expect(examined).toMatchObject({ code: 1 });
        expect(examined.out).toContain('✗ The API does not accept the session in SLUICE_TOKEN.');
        expect(`${refused.err}${examined.out}${examined.err}`).not.toContain('of.nobody.here');
      },
      STORY_MS,
    );
  });

  describe('sluice doctor', () => {
    test(
      'finds nothing wrong with the stack, and knows which pages may send files to it',
      async () => {
        const [well, foreign] = await Promise.all([
          sluice('doctor', '--origin', 'http://localhost:3000'),
          sluice('doctor', '--origin', 'https://elsewhere.example', '--json'),
        ]);
        const [{ findings = [] } = {}] = jsonLines(foreign) as never as [
          { findings: readonly { check: string; ok?: boolean }[] },
        ];

        expect(well.out).not.toMatch(/[✗–]/);
        expect(well.out).toContain('✓ Changes are told as they happen at ');
        expect(well).toMatchObject({ code: 0 });
        expect(foreign.code).toBe(1);
        expect(findings.filter(({ ok }) => ok === false).map(({ check }) => check)).toEqual([
          'cors of the API',
          'cors of the file storage',
        ]);
        const client = createSluice({ url: stack().httpUrl, session: stack().token });
        const names = (await client.list()).uploads.map(({ declared }) => declared?.name);
        expect(names).not.toContain('sluice doctor');
      },
      STORY_MS,
    );

    test(
      'sees a clock that is wrong and an address that is another service’s',
      async () => {
        const late = new Date(Date.now() - 10 * 60_000).toUTCString();
        const server = await startScriptedServer(({ path }, response) => {
          const isApi = path.startsWith('/api/');
          response.writeHead(isApi ? 401 : 200, { date: late });
          response.end(isApi ? '{"code":"unauthenticated"}' : '<html>');
        });
        const environment = { SLUICE_TOKEN: 'any' };

        const [skewed, other] = await Promise.all(
          ['/api', ''].map(
            (path) => start(['doctor', '--url', `${server.url}${path}`], environment).ended,
          ),
        );
        await server.close();

        expect(skewed?.out).toMatch(/✗ This machine's clock is \d+ s ahead of the API's\.\n {2}→ /);
        expect(other?.out).toMatch(/✗ Something answers at .* and it is not this API\.\n {2}→ /);
        expect([skewed?.code, other?.code]).toEqual([1, 1]);
      },
      STORY_MS,
    );
  });
};
