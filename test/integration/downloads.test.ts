/**
 * Files under hostile names, the whole way: announced and processed through the functions, their derived files downloaded
 * from the laptop's S3 over HTTP. What comes back is read by a parser that is not ours.
 */
import { randomUUID } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { env } from 'node:process';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { parse } from 'content-disposition';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createS3Client } from '../../shared/adapters/aws/clients.ts';
import { createS3ObjectSigner } from '../../shared/adapters/aws/s3-object-signer.ts';
import { createS3ObjectStore } from '../../shared/adapters/aws/s3-object-store.ts';
import { type Endpoint, openS3 } from '../support/adapter-endpoints.ts';
import { zipOf } from '../support/archives.ts';
import { createGateway } from '../support/gateway.ts';
import { drain } from '../support/memory-world.ts';

let endpoint: Endpoint;
let gateway: Awaited<ReturnType<typeof createGateway>>;
let authorization: string;

beforeAll(async () => {
  endpoint = await openS3();
  const client = createS3Client();
  const resultsBucket = `results-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: resultsBucket }));
  const { putResult } = createS3ObjectStore({ client, resultsBucket });
  const { presignDownload } = createS3ObjectSigner({
    identity: client.config,
    endpoint: env.AWS_ENDPOINT_URL_S3,
    resultsBucket,
  });
  const objects = () => ({ putResult, presignDownload });
  gateway = await createGateway({ objects });
  const started = await gateway.send({ method: 'POST', url: '/sessions' });
  authorization = `Bearer ${JSON.parse(started.body).token}`;
});

afterAll(() => endpoint.close());

const ask = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  gateway.send({ method: 'GET', url, headers: { authorization, ...headers } });

const announce = (declared: object) =>
  gateway.send({
    method: 'POST',
    url: '/uploads',
    headers: { authorization },
    body: JSON.stringify(declared),
  });

interface ListedFile {
  readonly href: string;
  readonly size?: number;
}

/** The files that were made of it, and the manifest. */
const process = async (name: string, body: Buffer): Promise<readonly ListedFile[]> => {
  const announced = await announce({ name, size: body.length });
  expect(announced.status).toBe(201);
  const { upload, post } = JSON.parse(announced.body);
  gateway.objects.submit(post, body);
  await drain(gateway);
  const { state, steps, manifest } = JSON.parse((await ask(`/uploads/${upload.id}/results`)).body);
  expect(state).toBe('completed');
  return [...steps.flatMap(({ files }: { files: ListedFile[] }) => files), manifest];
};

/** The answer as it came over the wire. */
const download = async (url: string) => {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, resolve).on('error', reject);
  });
  return { answer, body: await text(answer) };
};

const LINES = /[\r\n]/;
const ENTRIES = 'entries.jsonl';
const ZIP = zipOf([{ name: 'a.txt', body: 'hello' }]);

describe('E11: a file named', () => {
  it.each([
    [
      'CR LF',
      'a\r\nSet-Cookie: stolen=1\r\n\r\n<script>.zip',
      'a__Set-Cookie: stolen=1____<script>.zip',
    ],
    ['quotes', 'a"b\'c`d.zip', 'a"b\'c`d.zip'],
    ['a parameter of its own', 'a; filename=evil.exe; x=".zip', 'a; filename=evil.exe; x=".zip'],
    ['right to left', 'cod\u202egnp.exe', 'cod_gnp.exe'],
    ['255 characters', `${'x'.repeat(251)}.zip`, 'x'.repeat(200 - 1 - ENTRIES.length)],
    ['a way out', '../../../etc/passwd', '__.._.._etc_passwd'],
    ['NUL', 'a.zip\u0000.exe', 'a.zip_.exe'],
    ['an emoji', '👩‍👩‍👧 Größe.zip', '👩‍👩‍👧 Größe.zip'],
    ['an encoded line', 'a%0d%0ax%22.zip', 'a%0d%0ax%22.zip'],
    ['a charset', "UTF-8''a%22.zip", "UTF-8''a%22.zip"],
  ])('%s is data, and its results come under a safe name', async (_name, name, safe) => {
    const [file] = await process(name, ZIP);
    const redirect = await ask(String(file?.href));
    const asked = await ask(String(file?.href), { accept: 'application/json' });

    expect(redirect).toMatchObject({ status: 302, body: '' });
    for (const value of Object.values(redirect.headers)) expect(value).not.toMatch(LINES);
    const { url, fileName } = JSON.parse(asked.body);
    expect(fileName).toBe(`${safe}.${ENTRIES}`);
    for (const place of [String(redirect.headers.location), url]) {
      const { answer, body } = await download(place);
      const { type, parameters } = parse(String(answer.headers['content-disposition']));
      expect(answer.statusCode).toBe(200);
      expect(type).toBe('attachment');
      expect(parameters.filename).toBe(fileName);
      expect(Object.keys(parameters).sort()).toEqual(['filename', 'filename*']);
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(answer.rawHeaders.join('')).toMatch(/^[ -~]*$/);
      expect(JSON.parse(body)).toMatchObject({ name: 'a.txt' });
    }
  });

  it('300 characters is refused before there is an upload', async () => {
    expect(await announce({ name: 'x'.repeat(300), size: 1 })).toMatchObject({ status: 400 });
  });
});

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script><rect width="9" height="9" fill="red"/></svg>';

describe('E19: what is made of', () => {
  it.each([
    ['a drawing that runs', 'a.svg', Buffer.from(SVG)],
    ['a page that runs', 'a.html', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['a table of tags', 'a.csv', Buffer.from('<script>,b\n1,2\n3,4\n')],
    ['an archive of pages', 'a.zip', zipOf([{ name: '<script>.html', body: '<script>' }])],
    ['a document', 'a.txt', Buffer.from('<script>alert(1)</script>\n')],
  ])(
    '%s is an attachment on another origin, by a short address, never SVG or HTML',
    async (_name, name, body) => {
      for (const { href, size } of await process(name, body)) {
        const redirect = await ask(href);
        const linked = await ask(href, { accept: 'application/json' });

        for (const { headers } of [redirect, linked]) {
          expect(headers['x-content-type-options']).toBe('nosniff');
          expect(headers.vary).toBe('accept');
        }
        const { url, expiresAt, contentType } = JSON.parse(linked.body);
        expect(Date.parse(expiresAt) - gateway.clock.now()).toBe(60_000);
        expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('60');
        expect(new URL(url).origin).toBe(endpoint.url);
        const { answer, body: bytes } = await download(String(redirect.headers.location));
        expect(answer.statusCode).toBe(200);
        expect(answer.headers['content-disposition']).toMatch(/^attachment; /);
        expect(answer.headers['content-type']).toBe(contentType);
        expect(contentType).not.toMatch(/html|svg|xml|script|pdf/);
        if (size !== undefined) expect(answer.headers['content-length']).toBe(String(size));
        expect(bytes).not.toBe('');
      }
    },
  );
});
