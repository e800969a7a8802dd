/** Files that are larger than a form may carry, from the door to the end: their sizes are told, their bytes are few. */
import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { createBuryContainer, createIngestContainer } from '../../shared/container.ts';
import { createGroupContainer, createUploadContainer } from '../../shared/container-http.ts';
import { MAX_FILE_BYTES, MAX_POST_BYTES } from '../../shared/domain/parts.ts';
import { createGateway } from '../support/gateway.ts';
import { drain, type WorldOptions } from '../support/memory-world.ts';
import { NOWHERE } from '../support/nowhere.ts';

const GiB = 1024 ** 3;
const CREATED = { name: 'film.bin', type: 'application/octet-stream' } as const;

const setup = async (options: WorldOptions = {}) => {
  const gateway = await createGateway(options);
  const session = await gateway.send({ method: 'POST', url: '/sessions' });
  const authorization = `Bearer ${JSON.parse(session.body).token}`;
  const ask = async (method: string, url: string, body?: object) => {
    const request = { method, url, headers: { authorization } };
    const answer = await gateway.send(
      body === undefined ? request : { ...request, body: JSON.stringify(body) },
    );
    return { status: answer.status, body: JSON.parse(answer.body) };
  };
  return { gateway, ask };
};

/** Objects are as large as it is told; a read of all of one is a mistake that fails. */
const sized = (size: number): WorldOptions => ({
  maxObjectBytes: MAX_FILE_BYTES,
  objects: ({ peek }) => ({
    peek: async (...told) => {
      const seen = await peek(...told);
      return seen && { ...seen, object: { ...seen.object, size } };
    },
  }),
});

const endOf = async (size: number, bytes: string, declared: object) => {
  const { gateway, ask } = await setup(sized(size));
  const created = await ask('POST', '/uploads', { size, ...declared });
  const { id } = created.body.upload;
  gateway.put(`incoming/dev/${id}`, bytes);
  await drain(gateway);
  return (await ask('GET', `/uploads/${id}`)).body;
};

it('a form is given for 5 GiB, and for a byte more how the file is cut, alone and in a group', async () => {
  const { ask } = await setup();
  const whole = await ask('POST', '/uploads', { ...CREATED, size: MAX_POST_BYTES });
  const larger = await ask('POST', '/uploads', { ...CREATED, size: MAX_POST_BYTES + 1 });
  const group = await ask('POST', '/upload-groups', {
    files: [
      { ...CREATED, size: 1 },
      { ...CREATED, size: MAX_FILE_BYTES },
    ],
  });

  expect([whole.status, larger.status, group.status]).toEqual([201, 201, 201]);
  expect(Object.keys(whole.body)).toEqual(['upload', 'statusUrl', 'post', 'expiresAt']);
  expect(Object.keys(larger.body)).toEqual(['upload', 'statusUrl', 'parts', 'expiresAt']);
  expect(larger.body.parts).toEqual({ partSize: 5 * 1024 ** 2, partCount: 1_025 });
  expect(group.body.uploads).toMatchObject([
    { post: { url: expect.any(String) } },
    { parts: { partSize: 549_755_814, partCount: 10_000 } },
  ]);
  const signed = await ask('POST', `/uploads/${larger.body.upload.id}/parts`, { parts: [1_025] });
  expect(signed).toMatchObject({ status: 200, body: { parts: [{ partNumber: 1_025, size: 1 }] } });
});

it.each(['create-upload', 'create-upload-group', 'ingest', 'bury'])(
  '%s is told by the deployment what a file may have',
  (name) => {
    const text = readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8');
    const { functions, params } = parse(text, { logLevel: 'silent', merge: true });

    expect(functions[name].environment.MAX_FILE_BYTES).toMatch(/^\$\{param:maxFileBytes\}$/);
    expect(Number(params.default.maxFileBytes)).toBe(MAX_FILE_BYTES);
  },
);

it('what the deployment says holds at the door and for what arrives', () => {
  for (const [name, value] of Object.entries({ ...NOWHERE, MAX_FILE_BYTES: '7' })) {
    vi.stubEnv(name, value);
  }
  onTestFinished(() => void vi.unstubAllEnvs());

  expect(createUploadContainer().maxFileBytes).toBe(7);
  expect(createGroupContainer().maxFileBytes).toBe(7);
  expect(createIngestContainer().maxObjectBytes).toBe(7);
  expect(createBuryContainer().maxObjectBytes).toBe(7);
});

it('more than any deployment takes, or this one, is a 400 that says what it would take', async () => {
  const { ask } = await setup({ maxFileBytes: GiB });
  const unlimited = await setup({ maxFileBytes: Number.MAX_SAFE_INTEGER });
  const any = await unlimited.ask('POST', '/uploads', { ...CREATED, size: MAX_FILE_BYTES + 1 });
  const here = await ask('POST', '/uploads', { ...CREATED, size: GiB + 1 });
  const among = await ask('POST', '/upload-groups', {
    files: [
      { ...CREATED, size: 1 },
      { ...CREATED, size: GiB + 1 },
    ],
  });

  expect(any).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  for (const answer of [here, among]) {
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', detail: `A file may have ${GiB} bytes at most.` },
    });
  }
  expect((await ask('GET', '/uploads')).body.uploads).toEqual([]);
});

it('bytes of no known kind complete at any size: the digest is left out, and says why', async () => {
  const { state, steps } = await endOf(MAX_FILE_BYTES, '\x01\x02\x03\xfe', CREATED);

  expect(state).toBe('completed');
  expect(steps).toMatchObject([
    { name: 'malware-scan', state: 'skipped', error: { code: 'not_configured' } },
    { name: 'sha256-digest', state: 'skipped', error: { code: 'over_budget' } },
    { name: 'type-verdict', state: 'succeeded' },
  ]);
});

it('a file that nobody can hold against its declared digest does not pass for the one that was meant', async () => {
  const sha256 = 'a'.repeat(64);
  const { state, error } = await endOf(11 * GiB, '\x01\x02', { ...CREATED, sha256 });

  expect([state, error?.code]).toEqual(['failed', 'over_budget']);
});

it('a text of 10 GiB is worked; of more than its steps may read it ends failed, as over_budget', async () => {
  const whole = await endOf(10 * GiB, 'hello\n', { name: 'log.txt' });
  const { state, error } = await endOf(10 * GiB + 1, 'hello\n', { name: 'log.txt' });

  expect(whole).toMatchObject({ state: 'completed' });
  expect([state, error?.code]).toEqual(['failed', 'over_budget']);
});
