/** What the object store makes of an S3 that breaks, stays silent, or changes under its hands. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createS3Client } from '../../shared/adapters/aws/clients.ts';
import { createS3ObjectStore } from '../../shared/adapters/aws/s3-object-store.ts';
import { NonRetryableError, RetryableError } from '../../shared/domain/errors.ts';
import { closeAfterEach } from '../support/close-after-each.ts';
import { type ScriptedAnswer, startScriptedServer } from '../support/scripted-server.ts';

const open = closeAfterEach();

const pinned = { bucket: 'uploads', key: 'incoming/dev/a', versionId: 'v1', eTag: 'e' };

const setup = async (answer: ScriptedAnswer) => {
  const server = await startScriptedServer(answer);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: server.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  });
  const client = createS3Client();
  open.push(server.close, async () => client.destroy());
  const buckets = { uploadsBucket: 'uploads', resultsBucket: 'results' };
  return { server, store: createS3ObjectStore({ client, ...buckets }) };
};

const refusal =
  (status: number, code: string): ScriptedAnswer =>
  ({ method }, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(
      method === 'HEAD' ? '' : `<Error><Code>${code}</Code><Message>m</Message></Error>`,
    );
  };

const methodsOf = (store: Awaited<ReturnType<typeof setup>>['store']) => [
  () => store.peek(pinned, 4),
  () => store.open(pinned),
  () => store.latest('incoming/dev/a'),
  () => store.putResult('results/a', new Uint8Array([1]), 'a/b'),
  () => store.listIncoming(undefined, 1),
];

it.each([
  [503, 'SlowDown'],
  [500, 'InternalError'],
  [403, 'AccessDenied'],
  [400, 'RequestTimeout'],
])(
  '%i %s is "try again", from every method, after a bounded number of attempts',
  async (status, code) => {
    const { server, store } = await setup(refusal(status, code));
    const calls = methodsOf(store);
    for (const answer of await Promise.allSettled(calls.map((call) => call()))) {
      const { reason } = answer as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(RetryableError);
      expect(reason).toMatchObject({ code: 'storage_unavailable' });
    }
    expect(server.requests.length).toBeLessThanOrEqual(3 * calls.length);
  },
);

it('a bucket that is not there is our mistake, not a source that is gone', async () => {
  const { store } = await setup(refusal(404, 'NoSuchBucket'));
  await expect(store.open(pinned)).rejects.toMatchObject({ code: 'storage_unavailable' });
  await expect(store.peek(pinned, 4)).rejects.toMatchObject({ code: 'storage_unavailable' });
});

it.each([
  [404, 'NoSuchKey'],
  [404, 'NoSuchVersion'],
  [405, 'MethodNotAllowed'],
  [412, 'PreconditionFailed'],
])('%i %s is a source that is gone, asked for once', async (status, code) => {
  const { server, store } = await setup(refusal(status, code));
  await expect(store.open(pinned)).rejects.toBeInstanceOf(NonRetryableError);
  expect(await store.peek(pinned, 4)).toBeUndefined();
  expect(server.requests).toHaveLength(2);
});

it('a body that breaks off is "try again", never a shorter file', async () => {
  const { store } = await setup((_, response) => {
    response.writeHead(200, { 'content-length': '100', etag: '"e"' });
    response.write('half');
    setTimeout(() => response.socket?.destroy(), 20);
  });
  const stream = await store.open(pinned);
  await expect(stream.toArray()).rejects.toMatchObject({ code: 'storage_unavailable' });
  await expect(store.peek(pinned, 50)).rejects.toMatchObject({ code: 'storage_unavailable' });
});

it('gives the connection back when a reader leaves a body that stalls', async () => {
  const { server, store } = await setup((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
  });
  const controller = new AbortController();
  const byAbort = await store.open(pinned, { signal: controller.signal });
  const byDestroy = await store.open(pinned);
  const aborted = expect(byAbort.toArray()).rejects.toThrow('deadline');
  expect(server.connections()).toBe(2);

  controller.abort(new Error('deadline'));
  byDestroy.destroy();
  await aborted;

  const deadline = Date.now() + 10_000;
  while (server.connections() > 0 && Date.now() < deadline) await delay(10);
  expect(server.connections()).toBe(0);
});

it('gives a connection back after every peek, also from a server that ignores ranges', async () => {
  const { server, store } = await setup((_, response) => {
    response.writeHead(200, { 'content-length': '3000000', etag: '"e"' });
    response.end('x'.repeat(3_000_000));
  });
  for (let round = 0; round < 5; round += 1) {
    const peeked = await store.peek(pinned, 4);
    expect(peeked?.head).toHaveLength(4);
    expect(peeked?.object.size).toBe(3_000_000);
  }
  expect(server.connections()).toBeLessThanOrEqual(1);
});

it('peeks at what took the place of an empty object between two requests', async () => {
  const { server, store } = await setup(({ method, path }, response) => {
    if (method === 'HEAD') {
      response.writeHead(200, { 'content-length': '5', etag: '"new"', 'x-amz-version-id': 'v2' });
      response.end();
    } else if (path.includes('versionId=v2')) {
      const range = { 'content-range': 'bytes 0-3/5', 'content-length': '4' };
      response.writeHead(206, { ...range, etag: '"new"', 'x-amz-version-id': 'v2' });
      response.end('abcd');
    } else {
      refusal(416, 'InvalidRange')({ method, path, headers: {}, body: '' }, response);
    }
  });
  const peeked = await store.peek({ bucket: 'uploads', key: 'incoming/dev/a' }, 4);
  expect(Buffer.from(peeked?.head ?? []).toString()).toBe('abcd');
  expect(peeked?.object).toMatchObject({ versionId: 'v2', size: 5, eTag: 'new' });
  expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'HEAD', 'GET']);
});

it('pins by version, else by a quoted ETag, never by both', async () => {
  const { server, store } = await setup(refusal(404, 'NoSuchKey'));
  await store.peek(pinned, 4);
  await store.peek({ bucket: 'uploads', key: 'incoming/dev/a', eTag: 'e' }, 4);
  const [byVersion, byTag] = server.requests;
  expect(byVersion?.path).toContain('versionId=v1');
  expect(byVersion?.headers['if-match']).toBeUndefined();
  expect(byTag?.path).not.toContain('versionId');
  expect(byTag?.headers['if-match']).toBe('"e"');
});

it('asks for encoded keys, because XML cannot carry every key, and decodes them', async () => {
  const { server, store } = await setup((_, response) => {
    response.writeHead(200, { 'content-type': 'application/xml' });
    const one = '<Contents><Key>incoming/dev/a+b%2Bc%01</Key><Size>3</Size><ETag>"e"</ETag>';
    const time = '<LastModified>2026-01-01T00:00:00.999Z</LastModified></Contents>';
    const head = '<IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>';
    response.end(`<ListBucketResult>${head}${one}${time}</ListBucketResult>`);
  });
  const { objects, cursor } = await store.listIncoming('incoming/dev/a', 1);
  expect(server.requests[0]?.path).toContain('encoding-type=url');
  expect(cursor).toBe('incoming/dev/a b+c\u0001');
  expect(objects).toEqual([
    {
      bucket: 'uploads',
      key: 'incoming/dev/a b+c\u0001',
      eTag: 'e',
      size: 3,
      lastModified: Date.UTC(2026, 0, 1),
    },
  ]);
});
