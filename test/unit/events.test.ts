import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { idOfObject } from '../../shared/adapters/object-id.ts';
import { createStaticSessionVerifier } from '../../shared/adapters/static-session-verifier.ts';
import { eventEntries } from '../../shared/lambda/upload-events.ts';
import { invocation } from '../support/envelopes.ts';
import { createFunctions } from '../support/functions.ts';

const BUCKET = 'sluice-dev-uploads-000000000000';
const FOLDER = new URL('../../events/', import.meta.url);

const readme = readFileSync(new URL('README.md', FOLDER), 'utf8');
const described = [...readme.matchAll(/^\| `([\w-]+)\.json` +\| ([\w-]+) +\| (.+?) +\|$/gm)].map(
  ([, fixture = '', name = '', proves = '']) => ({ fixture, name, proves }),
);
const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace(/\.json$/, ''));

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
const functionOf = (name: string): string =>
  described.find((line) => line.fixture === name)?.name ?? 'none';

const setup = async () => {
  const tokenSha256 = createHash('sha256').update('dev').digest('hex');
  const world = await createFunctions({
    uploadsBucket: BUCKET,
    losesEvents: true,
    sessions: createStaticSessionVerifier({ tokenSha256 }),
  });
  const run = (name: string): Promise<unknown> =>
    world.invoke[functionOf(name)]!(fixture(name), invocation());
  const failedOf = async (name: string): Promise<readonly number[]> => {
    const answer = (await run(name)) as { batchItemFailures: { itemIdentifier: string }[] };
    return answer.batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier.slice(-12)));
  };
  const uploadOf = (key: string) => world.store.find(idOfObject(BUCKET, key));
  return { ...world, run, failedOf, uploadOf };
};

describe('events/README.md', () => {
  it('says in one line of each fixture what it proves, and of no other', () => {
    expect(described.map((line) => line.fixture).sort()).toEqual([...files].sort());
  });

  it('proves something else with each', () => {
    const lines = described.map(({ name, proves }) => `${name}: ${proves}`);

    expect(new Set(lines).size).toBe(lines.length);
  });

  it('has a fixture for every function', async () => {
    const { invoke } = await setup();

    expect(new Set(described.map(({ name }) => name))).toEqual(new Set(Object.keys(invoke)));
  });
});

const FIRST = '3HL4kqtJvjVBH40Nrjfkd2nQ1xY7aB0c';
const SECOND = 'UIORUnfndfiufdisojhr398493jfdkjF';
const THIRD = 'QUpfdndhfd8438MNFDN93jdnJFkdmqnh';

const at = (key: string, versionId: string, sequencer: string, bucket = BUCKET) => ({
  bucket,
  key: `incoming/dev/${key}`,
  versionId,
  sequencer,
});

const TOLD = {
  's3-put': [at('hello.txt', FIRST, '0066A1B2C3D4E5F601')],
  's3-put-encoded-key': [at('Q1 report + Übersicht 100%.csv', FIRST, '0066A1B2C3D4E5F610')],
  's3-multi-record': [
    at('first.txt', FIRST, '0066A1B2C3D4E5F620'),
    at('second.txt', SECOND, '0066A1B2C3D4E5F621'),
    at('third.txt', THIRD, '0066A1B2C3D4E5F622', 'somebody-elses-bucket'),
  ],
  's3-duplicate': [
    at('twice.txt', FIRST, '0066A1B2C3D4E5F630'),
    at('twice.txt', FIRST, '0066A1B2C3D4E5F630'),
  ],
  's3-newer-sequencer': [at('overwritten.txt', SECOND, '0066A1B2C3D4E5F641')],
  's3-stale-sequencer': [at('overwritten.txt', FIRST, '0066A1B2C3D4E5F64')],
  's3-multipart-complete': [at('large.bin', FIRST, '0066A1B2C3D4E5F650')],
  's3-delete-marker': ['ObjectRemoved:DeleteMarkerCreated'],
  's3-test-event': ['s3:TestEvent'],
  'eventbridge-object-created': [at('bridge + 100%.txt', FIRST, '0066a1b2c3d4e5f670')],
  'eventbridge-object-deleted': ['Object Deleted'],
} as const;

const told = (body: unknown) =>
  eventEntries(body).map((entry) => {
    if (entry.kind === 'invalid') return entry.error.code;
    return entry.kind === 'object' ? entry.notice : entry.reason;
  });

describe('an event that tells of objects', () => {
  it.each(Object.entries(TOLD))('%s tells of exactly these', (name, expected) => {
    expect(told(fixture(name))).toMatchObject(expected);
  });

  it.each(Object.entries(TOLD).filter(([name]) => name.startsWith('s3-')))(
    '%s tells of the same through SQS, and through SNS and SQS',
    (name, expected) => {
      for (const envelope of ['sqs', 'sns']) {
        const [message] = fixture(`${envelope}-${name}`).Records;

        expect(told(JSON.parse(message.body))).toMatchObject(expected);
      }
    },
  );

  it.each(Object.keys(TOLD))(
    '%s is done when it is handed to the function itself',
    async (name) => {
      const { run } = await setup();

      await expect(run(name)).resolves.toBeUndefined();
    },
  );

  it.each(['s3-put', 'sqs-s3-put', 'sns-s3-put'])(
    'A9: %s of an object that is not there ends its upload with a clear code',
    async (name) => {
      const { run, uploadOf } = await setup();

      await run(name);

      expect(await uploadOf('incoming/dev/hello.txt')).toMatchObject({
        state: 'failed',
        failure: { code: 'source_gone' },
      });
    },
  );

  it.each(['s3', 'sqs-s3', 'sns-s3'])(
    'A1: the same record twice makes one generation (%s)',
    async (kind) => {
      const { run, uploadOf } = await setup();

      await run(`${kind}-duplicate`);

      expect(await uploadOf('incoming/dev/twice.txt')).toMatchObject({ generation: 1 });
    },
  );

  it.each(['s3', 'sqs-s3', 'sns-s3'])(
    'A3: the stale sequencer after the newer one changes nothing (%s)',
    async (kind) => {
      const { run, uploadOf } = await setup();
      await run(`${kind}-newer-sequencer`);
      const row = await uploadOf('incoming/dev/overwritten.txt');

      await run(`${kind}-stale-sequencer`);

      expect(row).toMatchObject({ object: { versionId: SECOND } });
      expect(await uploadOf('incoming/dev/overwritten.txt')).toEqual(row);
    },
  );

  it('A13: three records make two uploads, and the foreign one none', async () => {
    const { run, store } = await setup();

    await run('sqs-s3-multi-record');

    expect(store.uploads().map(({ object }) => object?.key)).toEqual([
      'incoming/dev/first.txt',
      'incoming/dev/second.txt',
    ]);
  });
});

describe('a batch', () => {
  it.each<[string, readonly number[]]>([
    ...Object.keys(TOLD)
      .filter((name) => name.startsWith('s3-'))
      .flatMap((name): [string, readonly number[]][] => [
        [`sqs-${name}`, []],
        [`sns-${name}`, []],
      ]),
    ['sqs-s3-mixed', [2, 3, 4, 5]],
    ['work-light-good', []],
    ['work-light-mixed', [2, 3]],
    ['work-light-poison', [1, 2, 3]],
    ['work-heavy-good', []],
    ['work-heavy-mixed', [2, 3]],
    ['work-heavy-poison', [1, 2, 3]],
    ['finalize', []],
    ['finalize-group', []],
    ['finalize-mixed', [2, 3]],
    ['erase-upload-mixed', [2, 3]],
    ['bury-upload-events', []],
    ['bury-light', []],
    ['bury-heavy', []],
    ['bury-finalize', []],
    ['bury-notifications', []],
    ['bury-deletions', []],
    ['notify-mixed', [2, 3]],
    ['send-webhook-mixed', [2, 3]],
    ['bury-webhooks', []],
  ])('B11: %s has to come back: %j', async (name, expected) => {
    const { failedOf } = await setup();

    expect(await failedOf(name)).toEqual(expected);
  });

  it.each([
    ['bury-upload-events', ['upload-events.invalid_event']],
    ['bury-light', ['light.crashed', 'light.invalid_message']],
    ['bury-heavy', ['heavy.crashed', 'heavy.invalid_message']],
    ['bury-finalize', ['finalize.invalid_message']],
  ])('B10: %s leaves letters that say why', async (name, expected) => {
    const { run, letters } = await setup();

    await run(name);

    expect(letters.all().map(({ fingerprint }) => fingerprint)).toEqual(expected);
  });

  it('bury-deletions sends the deletion again', async () => {
    const { run, letters, bodies } = await setup();

    await run('bury-deletions');

    expect(letters.all()).toEqual([]);
    expect(bodies('deletions')).toEqual([JSON.parse(fixture('bury-deletions').Records[0].body)]);
  });

  it('bury-notifications leaves the notification readable', async () => {
    const { run, letters } = await setup();

    await run('bury-notifications');

    expect(letters.all()).toMatchObject([
      { queue: 'notifications', body: fixture('bury-notifications').Records[0].body },
    ]);
  });

  it.each(files.filter((name) => fixture(name).Records?.[0]?.body !== undefined))(
    '%s carries the digests of its bodies',
    (name) => {
      for (const { body, md5OfBody } of fixture(name).Records) {
        expect(createHash('md5').update(body).digest('hex')).toBe(md5OfBody);
      }
    },
  );
});

describe('the sweep', () => {
  it('says what it did', async () => {
    const { run } = await setup();

    expect(await run('sweep')).toEqual({ driven: 0, found: 0, webhooks: 0 });
  });
});

describe('an operator', () => {
  it.each([
    ['operate-dead-letters', { groups: [] }],
    ['operate-redrive-dry-run', { dryRun: true, letters: [], done: true }],
    ['operate-redrive', { dryRun: false, letters: [], done: true }],
    ['operate-rebuild-view', { shown: 0, newer: 0, old: 0, done: true }],
    [
      'operate-tenant-budget',
      {
        inForce: { 'table-profile': { entries: 8_192 }, 'image-thumbnail': { pixels: 50_000_000 } },
      },
    ],
    ['operate-tenant-quota', { limits: { uploads: 100 }, onItsWay: { uploads: 0, bytes: 0 } }],
  ])('is answered %s', async (name, expected) => {
    const { run } = await setup();

    expect(await run(name)).toMatchObject(expected);
  });

  it.each([
    ['operate-reprocess', 'not_found'],
    ['operate-explain', 'not_found'],
    ['operate-invalid', 'invalid_request'],
  ])('is refused %s with a sentence', async (name, code) => {
    const { run } = await setup();

    await expect(run(name)).rejects.toMatchObject({ code });
  });
});

describe('an API key', () => {
  it('is shown when it is made, and never again', async () => {
    const { run } = await setup();

    const made = (await run('api-keys-make')) as { apiKey: string; keyId: string };
    const listed = await run('api-keys-list');

    expect(made.apiKey).toMatch(/^slk\.acme\./);
    expect(listed).toEqual({ keys: [{ keyId: made.keyId, createdAt: expect.any(String) }] });
  });
});

describe('a request', () => {
  it('with a key is one upload, however often it comes', async () => {
    const { run } = await setup();
    const answers = [await run('http-create-upload-keyed'), await run('http-create-upload-keyed')];

    const [first, second] = answers.map((answer) => {
      const { statusCode, body } = answer as { statusCode: number; body: string };
      return { statusCode, id: JSON.parse(body).upload.id };
    });
    expect(first?.statusCode).toBe(201);
    expect(second).toEqual({ statusCode: 200, id: first?.id });
  });

  it.each([
    ['http-create-upload', 201],
    ['http-create-upload-invalid', 400],
    ['http-create-upload-keyed', 201],
    ['http-create-upload-options', 201],
    ['http-create-upload-pattern', 400],
    ['http-create-upload-group', 201],
    ['http-create-upload-group-empty', 400],
    ['http-get-upload-group', 404],
    ['http-get-upload-wait', 400],
    ['http-follow-upload', 404],
    ['http-sign-parts', 404],
    ['http-list-parts', 404],
    ['http-abort-parts', 404],
    ['http-complete-parts', 404],
    ['http-list-uploads', 200],
    ['http-get-upload', 404],
    ['http-get-result', 404],
    ['http-get-history', 404],
    ['http-list-children', 404],
    ['http-unauthenticated', 401],
    ['http-create-session', 201],
    ['http-create-session-no-key', 401],
    ['http-delete-session', 404],
    ['http-delete-upload', 404],
    ['http-create-webhook', 401],
  ])('%s is answered %i', async (name, statusCode) => {
    const { run } = await setup();

    const answer = (await run(name)) as { headers: Record<string, string>; body: string };

    expect(answer).toMatchObject({ statusCode });
    const isProblem = answer.headers['content-type'] === 'application/problem+json';
    expect(isProblem).toBe(statusCode >= 400);
    expect(JSON.parse(answer.body)).toBeTypeOf('object');
  });
});
