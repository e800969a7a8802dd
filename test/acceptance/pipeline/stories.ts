/** The whole pipeline from outside: `serverless offline`, real bytes over real HTTP, and nothing of the inside imported. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Upload } from '../../../client/types.ts';
import { STORY_MS, stack } from '../front-door/client.ts';
import {
  call,
  clients,
  closeClients,
  create,
  ended,
  type Form,
  idOfDropped,
  jsonOf,
  openClients,
  processed,
  sha256,
  stepOf,
  variable,
} from './clients.ts';

const describeFile = (): void => {
  describe('a file that is uploaded through the API', () => {
    test(
      'a text ends completed with the digest of its very bytes and its lines counted',
      async () => {
        const text = 'one\ntwo\nthree\n';

        const upload = await processed('three lines.txt', text);

        expect(upload).toMatchObject({
          state: 'completed',
          detectedType: 'text/plain',
          progress: 100,
        });
        expect(stepOf(upload, 'sha256-digest')).toMatchObject({
          state: 'succeeded',
          attempts: 1,
          outcome: { sha256: sha256(text) },
        });
        expect(stepOf(upload, 'text-stats')).toMatchObject({ outcome: { lines: 3 } });
      },
      STORY_MS,
    );

    test(
      'a picture gets thumbnails that can be downloaded and carry nothing of its metadata',
      async () => {
        const jpeg = await sharp({
          create: { width: 800, height: 400, channels: 3, background: 'teal' },
        })
          .withExif({ IFD0: { Copyright: 'a secret place' } })
          .jpeg()
          .toBuffer();

        const upload = await processed('photo.jpg', jpeg);
        const files = stepOf(upload, 'image-thumbnail')?.files ?? [];
        const link = await call(files[0]?.href ?? '', { redirect: 'manual' });
        const download = await fetch(link.headers.get('location') ?? '');
        const thumbnail = Buffer.from(await download.arrayBuffer());

        expect(upload.state).toBe('completed');
        expect(link.status).toBe(302);
        expect(download.headers.get('content-disposition')).toMatch(/^attachment/);
        expect((await sharp(thumbnail).metadata()).format).toBe('webp');
        expect(thumbnail.includes('a secret place')).toBe(false);
      },
      STORY_MS,
    );

    test(
      'a damaged picture fails with a code while its digest still succeeds',
      async () => {
        const png = await sharp({
          create: { width: 64, height: 64, channels: 3, background: 'red' },
        })
          .png()
          .toBuffer();

        const upload = await processed('cut.png', png.subarray(0, png.length - 60));

        expect(upload).toMatchObject({ state: 'failed', error: { code: 'corrupt' } });
        expect(stepOf(upload, 'sha256-digest')?.state).toBe('succeeded');
        expect(stepOf(upload, 'image-thumbnail')).toMatchObject({ state: 'failed', attempts: 1 });
      },
      STORY_MS,
    );

    test(
      'an empty file is a file: it completes with the digest of nothing',
      async () => {
        const upload = await processed('empty.bin', '');

        expect(upload).toMatchObject({ state: 'completed', detectedType: 'application/x-empty' });
        expect(stepOf(upload, 'sha256-digest')).toMatchObject({ outcome: { sha256: sha256('') } });
      },
      STORY_MS,
    );

    test(
      'its history tells every change, its listing shows it, its ETag spares the next answer',
      async () => {
        const { id, rev, steps } = await processed('told.csv', 'a,b\n1,2\n');

        const history = await clients().sluice.history(id);
        const list = await jsonOf<{ uploads: readonly Upload[] }>(call('/uploads?limit=100'));
        const again = await call(`/uploads/${id}`, { headers: { 'if-none-match': `"${rev}"` } });

        const events = (history as readonly { event: string }[]).map(({ event }) => event);
        expect(events[0]).toBe('created');
        expect(events.at(-1)).toBe('ended');
        expect(events.filter((event) => event === 'step_ended')).toHaveLength(steps.length);
        expect(list.uploads.map((listed) => listed.id)).toContain(id);
        expect(again.status).toBe(304);
      },
      STORY_MS,
    );
  });
};

const describeForm = (): void => {
  describe('what the form of an upload refuses', () => {
    const announced = { name: 'a.txt', size: 5, type: 'text/plain', sha256: sha256('hello') };

    const post = async (bytes: string, change: Record<string, string> = {}): Promise<number> => {
      const { post: form } = await jsonOf<{ post: Form }>(create(announced));
      const body = new FormData();
      for (const [name, value] of Object.entries({ ...form.fields, ...change })) {
        body.append(name, String(value));
      }
      body.append('file', new Blob([bytes]), 'a.txt');
      return (await fetch(form.url, { method: 'POST', body })).status;
    };

    test(
      'takes exactly the announced bytes and nothing else',
      async () => {
        expect(await post('hello')).toBeLessThan(300);
        expect(await post('hello!')).toBe(400);
        expect(await post('hell')).toBe(400);
        expect(await post('jello')).toBe(400);
        expect(await post('hello', { 'Content-Type': 'text/html' })).toBe(403);
        expect(await post('hello', { key: 'incoming/dev/somewhere-else' })).toBe(403);
        expect(await post('hello', { 'x-amz-meta-extra': 'field' })).toBe(403);
      },
      STORY_MS,
    );
  });
};

const describeDropped = (): void => {
  describe('an object that another tool drops into the bucket', () => {
    test(
      'is processed, and again when it is overwritten, as the next generation',
      async () => {
        const Bucket = variable('ingest', 'UPLOADS_BUCKET');
        const Key = 'incoming/dev/reports/übersicht + plan.csv';

        await clients().s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a;b\n1;2\n' }));
        const id = await idOfDropped();
        const first = await ended(id, 1);
        await clients().s3.send(new PutObjectCommand({ Bucket, Key, Body: 'a;b\n1;2\n3;4\n' }));
        const second = await ended(id, 2);

        expect(first).toMatchObject({ state: 'completed', size: 8 });
        expect(second).toMatchObject({ state: 'completed', size: 12 });
      },
      STORY_MS,
    );

    test(
      'duplicate and poison messages on its way harm nobody',
      async () => {
        const QueueUrl = variable('ingest', 'UPLOAD_EVENTS_QUEUE_URL');
        const { id } = await processed('twice.txt', 'twice\n');
        const key = `incoming/dev/${id}`;
        const found = { v: 1, kind: 'found', bucket: variable('ingest', 'UPLOADS_BUCKET'), key };

        for (const MessageBody of [JSON.stringify(found), 'not json', JSON.stringify(found)]) {
          await clients().sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
        }
        const neighbour = await processed('neighbour.txt', 'still alive\n');
        const status = await jsonOf<Upload>(call(`/uploads/${id}`));

        expect(status).toMatchObject({ state: 'completed', generation: 1 });
        expect(neighbour.state).toBe('completed');
      },
      STORY_MS,
    );
  });
};

const describeRefusals = (): void => {
  describe('a request that is not right', () => {
    test(
      'gets a problem with a code and a sentence, and nothing of the inside',
      async () => {
        const answers = await Promise.all([
          fetch(`${stack().httpUrl}/uploads`),
          call('/uploads/upl_00000000000000000000000000'),
          call('/uploads/upl_00000000000000000000000000/history'),
          call('/uploads/upl_00000000000000000000000000/results/a/b'),
          create('{"name":'),
          create({ name: '', size: 1 }),
          create({ name: 'a', size: -1 }),
          create({ name: 'a', size: 1, tenantId: 'other' }),
          call('/uploads?limit=0'),
        ]);

        const problems = await Promise.all(answers.map((answer) => answer.json()));

        expect(answers.map(({ status }) => status)).toEqual([
          401, 404, 404, 404, 400, 400, 400, 400, 400,
        ]);
        for (const [index, problem] of problems.entries()) {
          expect(answers[index]?.headers.get('content-type')).toMatch('application/problem+json');
          expect(problem).toMatchObject({ code: expect.any(String), title: expect.any(String) });
          expect(JSON.stringify(problem)).not.toMatch(/arn:|node_modules|\.ts:|sluice-dev/);
        }
      },
      STORY_MS,
    );
  });
};

/** In the one file of all stories from outside. */
export const describePipeline = (): void => {
  beforeAll(openClients);
  afterAll(closeClients);

  describeFile();
  describeForm();
  describeDropped();
  describeRefusals();
};
