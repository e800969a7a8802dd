/** Each event of `events/` is answered as its README says, and has a line there. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createFixtureWorld, described, files, fixture } from '../support/event-fixtures.ts';

describe('events/README.md', () => {
  it('says in one line of each fixture what it proves, and of no other', () => {
    expect(described.map((line) => line.fixture).sort()).toEqual([...files].sort());
  });

  it('proves something else with each', () => {
    const lines = described.map(({ name, proves }) => `${name}: ${proves}`);

    expect(new Set(lines).size).toBe(lines.length);
  });

  it('has a fixture for every function', async () => {
    const { invoke } = await createFixtureWorld();

    expect(new Set(described.map(({ name }) => name))).toEqual(new Set(Object.keys(invoke)));
  });
});

describe('a batch', () => {
  it.each<[string, readonly number[]]>([
    ...files
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
    const { failedOf } = await createFixtureWorld();

    expect(await failedOf(name)).toEqual(expected);
  });

  it.each([
    ['bury-upload-events', ['upload-events.invalid_event']],
    ['bury-light', ['light.crashed', 'light.invalid_message']],
    ['bury-heavy', ['heavy.crashed', 'heavy.invalid_message']],
    ['bury-finalize', ['finalize.invalid_message']],
  ])('B10: %s leaves letters that say why', async (name, expected) => {
    const { run, letters } = await createFixtureWorld();

    await run(name);

    expect(letters.all().map(({ fingerprint }) => fingerprint)).toEqual(expected);
  });

  it('bury-deletions sends the deletion again', async () => {
    const { run, letters, bodies } = await createFixtureWorld();

    await run('bury-deletions');

    expect(letters.all()).toEqual([]);
    expect(bodies('deletions')).toEqual([JSON.parse(fixture('bury-deletions').Records[0].body)]);
  });

  it('bury-notifications leaves the notification readable', async () => {
    const { run, letters } = await createFixtureWorld();

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
    const { run } = await createFixtureWorld();

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
    const { run } = await createFixtureWorld();

    expect(await run(name)).toMatchObject(expected);
  });

  it.each([
    ['operate-reprocess', 'not_found'],
    ['operate-explain', 'not_found'],
    ['operate-invalid', 'invalid_request'],
  ])('is refused %s with a sentence', async (name, code) => {
    const { run } = await createFixtureWorld();

    await expect(run(name)).rejects.toMatchObject({ code });
  });
});

describe('an API key', () => {
  it('is shown when it is made, and never again', async () => {
    const { run } = await createFixtureWorld();

    const made = (await run('api-keys-make')) as { apiKey: string; keyId: string };
    const listed = await run('api-keys-list');

    expect(made.apiKey).toMatch(/^slk\.acme\./);
    expect(listed).toEqual({ keys: [{ keyId: made.keyId, createdAt: expect.any(String) }] });
  });
});

describe('a request', () => {
  it('with a key is one upload, however often it comes', async () => {
    const { run } = await createFixtureWorld();
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
    ['http-no-route', 404],
    ['http-unauthenticated', 401],
    ['http-create-session', 201],
    ['http-create-session-no-key', 401],
    ['http-delete-session', 404],
    ['http-delete-upload', 404],
    ['http-create-webhook', 401],
  ])('%s is answered %i', async (name, statusCode) => {
    const { run } = await createFixtureWorld();

    const answer = (await run(name)) as { headers: Record<string, string>; body: string };

    expect(answer).toMatchObject({ statusCode });
    const isProblem = answer.headers['content-type'] === 'application/problem+json';
    expect(isProblem).toBe(statusCode >= 400);
    expect(JSON.parse(answer.body)).toBeTypeOf('object');
  });
});
