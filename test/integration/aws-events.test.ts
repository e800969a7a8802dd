/**
 * Events that AWS and its vendors published, against every function. They lie beside the project and are read in
 * place; where they are absent one skipped test says so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { templateRoutes } from '../../local/openapi/template-routes.ts';
import { decodeEventKey } from '../../shared/domain/object-key.ts';
import type { ObjectPointer } from '../../shared/ports/object-store.ts';
import { verifierBy } from '../../shared/usecases/verify-session.ts';
import { httpEvent, invocation, snsBody, sqsBatch } from '../support/envelopes.ts';
import { createFunctions } from '../support/functions.ts';
import { CALLER } from '../support/memory-world.ts';

const FOLDER = new URL('../../../shared/aws-events/', import.meta.url);
const isThere = existsSync(new URL('manifest.json', FOLDER));

interface Entry {
  readonly path: string;
  readonly shape: string;
  readonly event_names?: readonly string[];
  readonly keys_raw?: readonly string[];
  readonly keys_decoded?: readonly string[];
}

interface S3Record {
  readonly eventName: string;
  readonly s3: {
    readonly bucket: { readonly name: string };
    readonly object: {
      readonly key: string;
      readonly size?: number;
      readonly eTag?: string;
      readonly versionId?: string | null;
      readonly sequencer?: string;
    };
  };
}

/** Some of the files begin with a byte-order mark. */
const read = (path: string) =>
  JSON.parse(readFileSync(new URL(path, FOLDER), 'utf8').replace(/^\uFEFF/, ''));
const manifest: readonly Entry[] = isThere ? read('manifest.json') : [];
const ofShape = (...shapes: readonly string[]) =>
  manifest.filter(({ shape }) => shapes.includes(shape));

/** The files whose shape none of our functions takes, each given to every function. */
const TAKEN = new Set(['s3', 's3:TestEvent', 'sqs', 'apigw-http-v2', 'eventbridge<s3']);
const foreign = manifest.filter(({ shape }) => !TAKEN.has(shape));
const requests = manifest.filter(({ shape }) => shape.startsWith('apigw'));

const BUCKET = 'pipeline-uploads';
const TENANT_PREFIX = 'incoming/acme/';

/** The event as it would be of our bucket and under our prefix, so that ingest looks at the object. */
const moved = (event: { readonly Records: readonly S3Record[] }) => ({
  ...event,
  Records: event.Records.map((record) => ({
    ...record,
    s3: {
      ...record.s3,
      bucket: { ...record.s3.bucket, name: BUCKET },
      object: { ...record.s3.object, key: `${TENANT_PREFIX}${record.s3.object.key}` },
    },
  })),
});

const setup = async () => {
  const asked: ObjectPointer[] = [];
  const world = await createFunctions({
    uploadsBucket: BUCKET,
    losesEvents: true,
    sessions: verifierBy(async (token) => (token === 'valid' ? CALLER : undefined)),
    objects: () => ({
      // The object lies there as the event says; only which one is asked for matters here.
      peek: async (pointer) => {
        asked.push(pointer);
        const { bucket, key, versionId, eTag = 'etag' } = pointer;
        const object = { bucket, key, versionId, eTag, size: 5, lastModified: 0 };
        return { head: new TextEncoder().encode('hello'), object };
      },
    }),
  });
  const run = (name: string, event: unknown): Promise<unknown> =>
    world.invoke[name]!(event, invocation());
  return { ...world, asked, run };
};

/** What must come back; a single event that is done answers nothing. */
const failedOf = (answer: unknown): readonly unknown[] =>
  (answer as { readonly batchItemFailures: readonly unknown[] } | undefined)?.batchItemFailures ??
  [];

const ENVELOPES = {
  'by itself': (event: unknown) => event,
  'in SQS': (event: unknown) => sqsBatch([event]),
  'in SNS in SQS': (event: unknown) => sqsBatch([snsBody(event)]),
} as const;

const envelopes = Object.entries(ENVELOPES);

describe.runIf(isThere).each(ofShape('s3'))(
  '$path',
  ({ path, keys_raw, keys_decoded, event_names }) => {
    const created = (event: { readonly Records: readonly S3Record[] }) =>
      event.Records.filter(({ eventName }) => /^(s3:)?ObjectCreated:/.test(eventName));

    it.each(envelopes)(
      'A11, A12: asks for exactly the created objects, %s',
      async (_name, wrap) => {
        const { run, asked } = await setup();
        const event = moved(read(path));

        const answer = await run('ingest', wrap(event));

        const expected = created(event).map(({ s3: { bucket, object } }) => ({
          bucket: bucket.name,
          key: decodeEventKey(object.key),
          versionId: object.versionId ?? undefined,
          eTag: object.eTag,
        }));
        // Of several records of one version the later ones are known for duplicates without asking.
        expect(expected).toEqual(expect.arrayContaining(asked));
        expect(asked.length > 0).toBe(expected.length > 0);
        expect(failedOf(answer)).toEqual([]);
      },
    );

    it('A11: has its keys decoded as the manifest says', () => {
      expect((keys_raw ?? []).map(decodeEventKey)).toEqual(keys_decoded);
    });

    it('A12: makes uploads of created objects only', async () => {
      const { run, store } = await setup();

      await run('ingest', moved(read(path)));

      const isCreation = (event_names ?? []).some((name) => name.startsWith('ObjectCreated:'));
      expect(store.uploads().length > 0).toBe(isCreation);
      expect(store.uploads().every(({ object }) => object?.bucket === BUCKET)).toBe(true);
    });

    it('A15: starts nothing as it is: it is of another bucket or of no tenant', async () => {
      const { run, store, asked } = await setup();

      await run('ingest', read(path));

      expect(store.uploads()).toEqual([]);
      expect(asked).toEqual([]);
    });
  },
);

describe.runIf(isThere).each(ofShape('s3:TestEvent', 'eventbridge<s3'))('$path', ({ path }) => {
  it.each(envelopes)('A12: is acknowledged and starts nothing, %s', async (_name, wrap) => {
    const { run, store } = await setup();

    const answer = await run('ingest', wrap(read(path)));

    expect(failedOf(answer)).toEqual([]);
    expect(store.uploads()).toEqual([]);
  });
});

describe.runIf(isThere).each(ofShape('sqs'))('$path', ({ path }) => {
  it.each(['ingest', 'work-light', 'work-heavy', 'finalize'])(
    'B10: in %s only the foreign messages fail, each once',
    async (name) => {
      const { run, store } = await setup();
      const { Records } = read(path);

      const answer = await run(name, { Records });

      const ids = [...new Set(Records.map(({ messageId }: { messageId: string }) => messageId))];
      expect(answer).toEqual({
        batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
      });
      expect(store.uploads()).toEqual([]);
    },
  );

  it('B10: in bury is kept readable, with a code', async () => {
    const { run, letters } = await setup();
    const { Records } = read(path);

    expect(await run('bury', { Records })).toEqual({ batchItemFailures: [] });

    expect(letters.all().length).toBeGreaterThan(0);
    expect(letters.all().every(({ code }) => code === 'invalid_message')).toBe(true);
  });
});

/** Every function that answers requests, but for the one that asks for no session. */
const ROUTES = [...new Set(templateRoutes().values())].filter((name) => name !== 'create-session');

describe.runIf(isThere).each(requests)('$path', ({ path }) => {
  it.each(ROUTES)('E17: is answered 401 by %s', async (name) => {
    const { run } = await setup();
    const { authorization: _, ...headers } = read(path).headers ?? {};

    expect(await run(name, { ...read(path), headers })).toMatchObject({ statusCode: 401 });
  });

  it('E17: is never answered 5xx by create-session, which asks for no session', async () => {
    const { run } = await setup();
    const { authorization: _, ...headers } = read(path).headers ?? {};

    for (const event of [read(path), { ...read(path), headers }]) {
      const { statusCode } = (await run('create-session', event)) as { statusCode: number };
      expect(statusCode).toBeGreaterThanOrEqual(200);
      expect(statusCode).toBeLessThan(500);
    }
  });

  it('E17: is answered 404 where no route fits', async () => {
    const { run } = await setup();

    expect(await run('no-route', read(path))).toMatchObject({ statusCode: 404 });
  });

  it.each(ROUTES)('E17: with a session is never answered 5xx by %s', async (name) => {
    const { run } = await setup();
    const { headers } = httpEvent();
    const event = read(path);

    const answer = await run(name, { ...event, headers: { ...event.headers, ...headers } });

    const { statusCode } = answer as { statusCode: number };
    expect(statusCode).toBeGreaterThanOrEqual(200);
    expect(statusCode).toBeLessThan(500);
  });
});

describe.runIf(isThere).each(foreign)('$path', ({ path }) => {
  it('by itself is no event of ours: a clear invalid_event', async () => {
    const { run, store } = await setup();

    const failure = await run('ingest', read(path)).then(
      () => undefined,
      (error: unknown) => error,
    );

    expect(failure).toMatchObject({ code: 'invalid_event', retryable: false });
    expect(store.uploads()).toEqual([]);
  });

  it('as a message fails alone and is kept as invalid_event in the end', async () => {
    const { run, letters } = await setup();
    const batch = sqsBatch([read(path)], {
      eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:sluice-dev-upload-events-dlq',
    });

    expect(await run('ingest', batch)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }],
    });
    expect(await run('bury', batch)).toEqual({ batchItemFailures: [] });
    expect(letters.all()).toMatchObject([{ code: 'invalid_event' }]);
  });

  it.each(['work-light', 'work-heavy', 'finalize'])(
    'as a message fails alone in %s',
    async (name) => {
      const { run } = await setup();

      expect(await run(name, sqsBatch([read(path)]))).toEqual({
        batchItemFailures: [{ itemIdentifier: 'message-1' }],
      });
    },
  );
});

if (!isThere) it.skip('published AWS events: shared/aws-events is absent', () => undefined);
