/** The code of README.md and docs/ that needs a running stack, as a reader would paste it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runModule, runShell } from '../../support/run-snippet.ts';
import { snippet } from '../../support/snippets.ts';
import { apiKeyOf, STORY_MS, stack } from './client.ts';

export const describeSnippets = (): void => {
  describe('the code in the docs', () => {
    let cwd: string;
    beforeAll(async () => {
      cwd = await mkdtemp(join(tmpdir(), 'sluice-docs-'));
    });
    afterAll(() => rm(cwd, { recursive: true, force: true }));

    test(
      'uploads by curl and by the client, each to the end',
      async () => {
        const { httpUrl: API, followUrl: FOLLOW, token: TOKEN } = stack();
        const file = join(cwd, 'report.csv');
        await writeFile(file, 'town,people\nBonn,330000\nAachen,250000\n');

        const [byCurl, byClient, followed] = await Promise.all([
          runShell(snippet('curl'), { cwd, env: { API, TOKEN } }),
          runModule(snippet('node-client'), { env: { API }, words: [file] }),
          runModule(snippet('client-follow'), { env: { API, FOLLOW, TOKEN } }),
        ]);

        expect(byCurl).toEqual({ code: 0, out: 'completed\n', err: '' });
        expect(byClient).toMatchObject({ code: 0, err: '' });
        expect(byClient.out).toMatch(/^completed \[/);
        expect(byClient.out).toContain("name: 'table-profile'");
        expect(followed).toMatchObject({ code: 0, err: '' });
        expect(followed.out).toMatch(/^(?:\w+ \d+\n)*completed 100\n(?:.*\n)*completed\n$/);
      },
      STORY_MS,
    );

    test(
      'starts sessions, for a user of a tenant and for anybody',
      async () => {
        const { apiKey: API_KEY } = await apiKeyOf('docs');

        const { code, out } = await runShell(snippet('sessions'), {
          env: { API: stack().httpUrl, API_KEY },
        });

        const [named = '', anonymous = ''] = out.split(/(?<=\})(?=\{)/);
        expect(code).toBe(0);
        expect(JSON.parse(named)).toMatchObject({ tenant: 'docs', user: 'ann@example.org' });
        expect(JSON.parse(anonymous)).toMatchObject({ tokenType: 'Bearer', tenant: 'dev' });
      },
      STORY_MS,
    );
  });
};
