import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createUploadBody } from '../../../shared/contracts/http.ts';
import type { Processor } from '../../../shared/processors/processor.ts';
import { runModule, runShell } from '../../support/run-snippet.ts';
import { allSnippets, snippet } from '../../support/snippets.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));

const testsText = async (): Promise<string> => {
  const names = await readdir(join(project, 'test'), { recursive: true });
  const sources = names.filter((name) => name.endsWith('.ts'));
  const texts = await Promise.all(
    sources.map((name) => readFile(join(project, 'test', name), 'utf8')),
  );
  return texts.join('\n');
};

describe('code in the docs', () => {
  it('is executed by a test, or says why it is not', () => {
    const unmarked = allSnippets()
      .filter(({ name, notRun }) => (name === undefined) === (notRun === undefined))
      .map(({ page, line }) => `${page}:${line}`);

    expect(unmarked).toEqual([]);
  });

  it('that says it is executed is, and under a name of its own', async () => {
    const names = allSnippets().flatMap(({ name }) => name ?? []);
    const tests = await testsText();

    expect(names.filter((name) => !tests.includes(`snippet('${name}')`))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(8);
  });

  it('adds a processor that counts', async () => {
    const file = join(project, `test/unit/docs/.snippet-${process.pid}.ts`);
    await writeFile(file, snippet('processor').replaceAll("'./", "'../../../shared/processors/"));
    onTestFinished(() => rm(file, { force: true }));

    const { zeroCount } = (await import(file)) as { readonly zeroCount: Processor };

    expect(zeroCount).toMatchObject({ name: 'zero-count', lane: 'light' });
  });

  it('makes keys that are what it says they are', async () => {
    const [signing, hooks] = await Promise.all([
      runShell(snippet('session-keys')),
      runShell(snippet('webhook-keys')),
    ]);

    const [, publicKey = '', , privateKey = ''] =
      /^public (.+)\n(private) (.+)$/m.exec(signing.out) ?? [];
    expect(JSON.parse(publicKey)).toMatchObject({
      kty: 'OKP',
      crv: 'Ed25519',
      kid: expect.any(String),
    });
    expect(JSON.parse(publicKey)).not.toHaveProperty('d');
    expect(JSON.parse(privateKey)).toHaveProperty('d');
    expect(JSON.parse(hooks.out)).toMatchObject({
      keys: [{ kty: 'oct', k: expect.stringMatching(/^.{43}$/) }],
    });
  });

  it('verifies a webhook and throws for what is not ours', async () => {
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const rawBody = JSON.stringify({ type: 'upload.completed' });
    const at = new Date();
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign('msg_1', at, rawBody),
    };
    const receive = (body: string) =>
      runModule(
        `const [rawBody, headers] = ${JSON.stringify([body, headers])};\n${snippet('webhook-receiver')}\nconsole.log(event.type);`,
        { env: { SLUICE_SECRET: secret } },
      );

    const [genuine, forged] = await Promise.all([receive(rawBody), receive('{"type":"forged"}')]);

    expect(genuine).toMatchObject({ code: 0, out: 'upload.completed\n' });
    expect(forged).toMatchObject({ code: 1, out: '' });
  });

  it('gives settings and options that are taken as they stand', () => {
    expect(JSON.parse(snippet('page-config'))).toMatchObject({ apiUrl: '/api' });
    expect(
      createUploadBody.safeParse(JSON.parse(snippet('table-validate-options'))).error,
    ).toBeUndefined();
  });
});
