import { describe, expect, it } from 'vitest';
import { createUploading, PART } from './uploading.ts';
import { json, problem, status } from './wire.ts';

const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('an upload in a form', () => {
  it('announces what the file is, posts its fields and the file last, and tells how far it is', async () => {
    const { sluice, requests, whole } = createUploading();
    const told: number[] = [];
    const ids: string[] = [];

    const file = new File(['abc'], 'three.txt', { type: 'Text/Plain; charset=utf-8' });
    const upload = await sluice.upload(file, {
      sha256: 'f00d',
      onProgress: (bytes) => told.push(bytes),
      onAnnounced: (created) => ids.push(created.upload.id),
    });

    expect(upload.id).toBe('upl_1');
    expect(ids).toEqual(['upl_1']);
    expect(JSON.parse(String(requests[0]?.body))).toEqual({
      name: 'three.txt',
      size: 3,
      type: 'text/plain',
      sha256: 'f00d',
    });
    expect(whole).toEqual(['key,policy,file:abc']);
    expect(told).toEqual([3]);
  });

  it('shortens a name that is too long from before its ending and leaves out a type that is none', async () => {
    const { sluice, requests } = createUploading();

    await sluice.upload(new File(['abc'], `${'n'.repeat(300)}.tar`, { type: 'nonsense' }));

    const declared = JSON.parse(String(requests[0]?.body));
    expect(declared.name).toMatch(/^n{251}\.tar$/);
    expect(declared).not.toHaveProperty('type');
  });

  it('whose announcement got lost is announced again under the same key', async () => {
    const { sluice, requests } = createUploading(({ method, url }, nth) => {
      if (method !== 'POST' || url.pathname !== '/uploads') return undefined;
      if (nth === 1) throw new TypeError('fetch failed');
      return nth === 2 ? problem(503, 'unavailable') : undefined;
    });

    await sluice.upload(new Blob(['abc']));

    const keys = requests
      .filter(({ url }) => url.pathname === '/uploads')
      .map(({ headers }) => headers.get('idempotency-key'));
    expect(keys.length).toBe(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[\x21-\x7e]{8,255}$/);
  });

  it('is posted again where that may help, and a given number of times', async () => {
    const { sluice, sent } = createUploading(({ url }) =>
      url.pathname === '/form' ? new Response(null, { status: 503 }) : undefined,
    );

    const error = await failureOf(sluice.upload(new Blob(['abc'])));

    expect(error).toMatchObject({ name: 'TransferError', status: 503, again: true });
    expect(sent('POST /form')).toBe(4);
  });

  it.each([400, 403, 412])('that the storage refuses with %i is not posted again', async (code) => {
    const { sluice, sent } = createUploading(({ url }) =>
      url.pathname === '/form' ? new Response(null, { status: code }) : undefined,
    );

    const error = await failureOf(sluice.upload(new Blob(['abc'])));

    expect(error).toMatchObject({ name: 'TransferError', status: code });
    expect(sent('POST /form')).toBe(1);
  });

  it('that the API refuses is not announced again', async () => {
    const { sluice, sent } = createUploading(({ url }) =>
      url.pathname === '/uploads' ? problem(400, 'invalid_request') : undefined,
    );

    const error = await failureOf(sluice.upload(new Blob(['abc'])));

    expect(error).toMatchObject({ code: 'invalid_request' });
    expect(sent('POST /uploads')).toBe(1);
  });
});

describe('an upload in parts', () => {
  const ALPHABET = 'abcdefghijklmnopqr';
  const WHOLE = ['abcd', 'efgh', 'ijkl', 'mnop', 'qr'];

  it('sends every part once, tells the sum of them, and is completed', async () => {
    const { sluice, text, sent } = createUploading();
    const told: number[] = [];

    const upload = await sluice.upload(new Blob([ALPHABET]), {
      onProgress: (bytes) => told.push(bytes),
    });

    expect(text()).toEqual(WHOLE);
    expect(sent('POST /form')).toBe(0);
    expect(told.at(-1)).toBe(ALPHABET.length);
    expect([...told].sort((one, other) => one - other)).toEqual(told);
    expect(upload.rev).toBe(2);
  });

  it('is what a file becomes that is too large for a form, whatever the client would rather do', async () => {
    const { sluice, text, sent, whole } = createUploading(undefined, 1_000);

    await sluice.upload(new Blob(['abcdefghijklmnopqrst']));
    const upload = await sluice.upload(new Blob(['abcdefghijklmnopqrstu']));

    expect(whole).toEqual(['key,policy,file:abcdefghijklmnopqrst']);
    expect(text()).toEqual(['abcd', 'efgh', 'ijkl', 'mnop', 'qrst', 'u']);
    expect(sent('POST /uploads/upl_1/complete')).toBe(1);
    expect(upload.rev).toBe(2);
  });

  it('sends a part whose address ran out to a fresh one, and a broken one again', async () => {
    const { sluice, text, sent } = createUploading(({ method, url }, nth) => {
      if (method !== 'PUT' || nth > 1) return undefined;
      if (url.pathname === '/part/2') return new Response(null, { status: 403 });
      if (url.pathname === '/part/4') throw new TypeError('fetch failed');
      return undefined;
    });

    await sluice.upload(new Blob([ALPHABET]));

    expect(text()).toEqual(WHOLE);
    expect([sent('PUT /part/1'), sent('PUT /part/2'), sent('PUT /part/4')]).toEqual([1, 2, 2]);
  });

  it('waits for an API that is away while it signs or completes', async () => {
    const { sluice, text } = createUploading(({ method, url }, nth) =>
      method === 'POST' && url.pathname.startsWith('/uploads/upl_1/') && nth === 1
        ? problem(503, 'unavailable')
        : undefined,
    );

    const upload = await sluice.upload(new Blob([ALPHABET]));

    expect(text()).toEqual(WHOLE);
    expect(upload.rev).toBe(2);
  });

  it('stops every part when one fails for good', async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    const { sluice, sent } = createUploading(({ method, url, signal }) => {
      if (method !== 'PUT') return undefined;
      signals.push(signal);
      return url.pathname === '/part/1' ? new Response(null, { status: 400 }) : undefined;
    });

    const error = await failureOf(sluice.upload(new Blob(['x'.repeat(PART * 30)])));

    expect(error).toMatchObject({ status: 400 });
    expect(signals.every((signal) => signal?.aborted)).toBe(true);
    expect(sent('POST /uploads/upl_1/complete')).toBe(0);
    expect(signals.length).toBeLessThan(30);
  });

  it('stops when it is told to, and says why', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { sluice, sent } = createUploading(({ method }) => {
      if (method === 'PUT') controller.abort(reason);
      return undefined;
    });

    const upload = sluice.upload(new Blob([ALPHABET]), { signal: controller.signal });

    expect(await failureOf(upload)).toBe(reason);
    expect(sent('POST /uploads/upl_1/complete')).toBe(0);
  });
});

describe('an upload that broke off', () => {
  it('goes on with the parts that are missing', async () => {
    const { sluice, begun, sent, text } = createUploading();
    begun(10, { 1: 'abcd', 3: 'ij' });
    const told: number[] = [];

    await sluice.resume('upl_1', new Blob(['abcdefghij']), {
      onProgress: (bytes) => told.push(bytes),
    });

    expect([sent('PUT /part/1'), sent('PUT /part/2'), sent('PUT /part/3')]).toEqual([0, 1, 0]);
    expect(text()).toEqual(['abcd', 'efgh', 'ij']);
    expect(told).toEqual([10]);
  });

  it('begins with the first part where none had arrived', async () => {
    const { sluice, begun, text } = createUploading();
    begun(10, {});

    await sluice.resume('upl_1', new Blob(['abcdefghij']));

    expect(text()).toEqual(['abcd', 'efgh', 'ij']);
  });

  it('is only completed where that was all that was missing', async () => {
    const { sluice, begun, sent } = createUploading(({ method, url }) =>
      method === 'GET' && url.pathname.endsWith('/parts') ? json({ parts: [] }) : undefined,
    );
    begun(8, { 1: 'abcd', 2: 'efgh' });

    await sluice.resume('upl_1', new Blob(['abcdefgh']));

    expect(sent('POST /uploads/upl_1/complete')).toBe(1);
    expect(sent('POST /uploads/upl_1/parts')).toBe(0);
  });

  it('takes no other file', async () => {
    const { sluice, begun, sent } = createUploading();
    begun(10, { 1: 'abcd' });

    expect(await failureOf(sluice.resume('upl_1', new Blob(['abc'])))).toMatchObject({
      name: 'TransferError',
      message: expect.stringContaining('another file'),
    });
    expect(sent('POST /uploads/upl_1/parts')).toBe(0);
  });

  it('that waits for nothing any more is answered as it is', async () => {
    const { sluice, requests } = createUploading(() => json(status('completed')));

    expect((await sluice.resume('upl_1', new Blob(['abc']))).state).toBe('completed');
    expect(requests.length).toBe(1);
  });
});
