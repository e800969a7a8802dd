/** Small adapters: the breaker, the development session, the download header, the listing cursor, refused bytes. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { attachmentOf } from '../../../shared/adapters/content-disposition.ts';
import { dueShardOf } from '../../../shared/adapters/due-shard.ts';
import { cursorOf, listingKeyIn, listingKeyOf } from '../../../shared/adapters/listing-order.ts';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createMemoryStatusBoard } from '../../../shared/adapters/memory/memory-status-board.ts';
import { createMemoryUploadStore } from '../../../shared/adapters/memory/memory-upload-store.ts';
import { createCircuitBreaker } from '../../../shared/adapters/redis/circuit-breaker.ts';
import { VERSION } from '../../../shared/adapters/redis/ready-text.ts';
import { createStaticSessionVerifier } from '../../../shared/adapters/static-session-verifier.ts';
import { RequestError } from '../../../shared/domain/errors.ts';
import { documentOf } from '../../../shared/domain/status.ts';
import { dueAtOf } from '../../../shared/domain/upload.ts';
import { awaiting, processing } from '../../conformance/upload-store/stories.ts';

it('the breaker opens after failures in a row, lets one probe through, and closes on success', () => {
  const clock = createMemoryClock();
  const breaker = createCircuitBreaker({ clock, failures: 3, openMs: 1_000 });
  const failTimes = (times: number): void => {
    for (let n = 0; n < times; n += 1) {
      expect(breaker.admits()).toBe(true);
      breaker.failed();
    }
  };
  failTimes(2);
  breaker.succeeded();
  failTimes(3);
  expect(breaker.admits()).toBe(false);
  clock.tick(999);
  expect(breaker.admits()).toBe(false);
  clock.tick(1);
  expect(breaker.admits()).toBe(true);
  expect(breaker.admits()).toBe(false);
  breaker.failed();
  expect(breaker.admits()).toBe(false);
  clock.tick(1_000);
  expect(breaker.admits()).toBe(true);
  breaker.succeeded();
  expect([breaker.admits(), breaker.admits()]).toEqual([true, true]);
});

it('the development session lets its token in and nothing else', async () => {
  const tokenSha256 = createHash('sha256').update('let-me-in').digest('hex');
  const sessions = createStaticSessionVerifier({ tokenSha256 });
  expect(await sessions.verify('let-me-in')).toEqual({ tenant: 'dev', owner: 'dev' });
  for (const token of ['', 'let-me-in ', 'Let-me-in', tokenSha256, 'x'.repeat(100_000)]) {
    expect(await sessions.verify(token)).toBeUndefined();
  }
});

it('without a configured token nobody gets in, not even with an empty one', async () => {
  const sessions = createStaticSessionVerifier({ tokenSha256: '' });
  expect(await sessions.verify('')).toBeUndefined();
});

it.each([
  ['report.csv', `attachment; filename="report.csv"; filename*=UTF-8''report.csv`],
  [
    'größe "1" 50%.csv',
    `attachment; filename="gr__e _1_ 50_.csv"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22%2050%25.csv`,
  ],
  [
    "it's (a)*.txt",
    `attachment; filename="it's (a)*.txt"; filename*=UTF-8''it%27s%20%28a%29%2A.txt`,
  ],
  ['../../etc/passwd', `attachment; filename="__.._etc_passwd"; filename*=UTF-8''__.._etc_passwd`],
  [
    'a\r\nSet-Cookie: b',
    `attachment; filename="a__Set-Cookie: b"; filename*=UTF-8''a__Set-Cookie%3A%20b`,
  ],
  ['cod\u202egnp.exe', `attachment; filename="cod_gnp.exe"; filename*=UTF-8''cod_gnp.exe`],
  ['\ud800.png', `attachment; filename="_.png"; filename*=UTF-8''_.png`],
  ['😀.png', `attachment; filename="_.png"; filename*=UTF-8''%F0%9F%98%80.png`],
  ['', `attachment; filename="download"; filename*=UTF-8''download`],
  ['..', `attachment; filename="_"; filename*=UTF-8''_`],
])('names a download %j', (name, header) => {
  expect(attachmentOf(name)).toBe(header);
});

it('cuts long names without cutting a character in two', () => {
  const header = attachmentOf('😀'.repeat(5_000));
  expect(header.length).toBeLessThan(3_000);
  expect(() => decodeURIComponent(header.split("''")[1] ?? '')).not.toThrow();
});

it('a cursor comes back as it was, and garbage is refused', () => {
  const key = listingKeyOf(awaiting());
  expect(listingKeyIn(cursorOf(key))).toBe(key);
  for (const text of ['', '#', `${key}\n`, key.replace('T', ' '), `9999-99-99T99:99:99.999Z#a`]) {
    expect(() => listingKeyIn(cursorOf(text))).toThrow(RequestError);
  }
});

it('C15: the memory board can hold garbage, which hides what was shown and makes room for what is right', async () => {
  const board = createMemoryStatusBoard(createMemoryClock());
  const made = awaiting();
  const ref = { tenant: made.tenant, owner: made.owner, uploadId: made.id };
  const find = async () => (await board.look(made, made.id)).found;
  const documents = [made, processing(made)].map(documentOf);
  const [first = documentOf(made), second = first] = documents;
  await board.show(first);

  board.spoil(ref, (text) => text);
  expect(await find()).toMatchObject({ ready: { rev: 1 } });
  board.spoil(ref, (text) => text.slice(0, 40));
  expect(board.documents()).toEqual([]);
  expect(await find()).toBe('missing');
  await board.show(second);
  expect(await find()).toMatchObject({ ready: { rev: second.status.rev } });
  // The scripts of Redis take its revision for one; who looks takes it away.
  board.spoil(ref, () => `${VERSION} 999 9 processing\n\n`);
  expect(await board.show(second)).toBe('older');
  expect(await find()).toBe('missing');
  expect(await board.show(second)).toBe('shown');
});

it('C15: a lease of nobody, without an end, is no lease', async () => {
  const board = createMemoryStatusBoard(createMemoryClock());

  board.seize('upl/1/step');

  expect(await board.claim({ key: 'upl/1/step', token: 'a', seconds: 60 })).toBe('claimed');
  expect(await board.claim({ key: 'upl/1/step', token: 'b', seconds: 60 })).toBe('held');
});

it('an index of the memory store may be behind its rows, and takes their changes in order', async () => {
  const clock = createMemoryClock();
  let ms = 0;
  const store = createMemoryUploadStore({ indexLag: { clock, ms: () => ms } });
  const made = awaiting();
  const due = () => store.listDue(dueShardOf(made.id), Number.MAX_SAFE_INTEGER, 10);
  const listed = async () => (await store.listByOwner(made, { limit: 10 })).uploads;
  await store.put(made);
  clock.tick(1000);
  const next = processing(made);
  await store.put(next);

  ms = 1001;
  expect([await due(), await listed()]).toEqual([[], []]);
  ms = 500;
  expect(await due()).toEqual([{ id: made.id, dueAt: dueAtOf(made) }]);
  // Keys alone are in the index; the row itself is read as it is.
  expect(await listed()).toEqual([next]);
  ms = 0;
  expect(await due()).toEqual([{ id: made.id, dueAt: dueAtOf(next) }]);
});

it('the memory board can be silent, emptied, and set back to an earlier moment', async () => {
  const clock = createMemoryClock();
  const board = createMemoryStatusBoard(clock);
  const made = awaiting();
  const [older, newer] = [documentOf(made), documentOf(processing(made))];
  const find = async () => (await board.look(made, made.id)).found;
  await board.show(older);
  const snapshot = board.snapshot();
  await board.show(newer);

  board.restore(snapshot);
  expect(await find()).toMatchObject({ ready: { rev: 1 } });
  board.silence(true);
  expect(await find()).toBe('unavailable');
  expect(await board.show(newer)).toBe('unavailable');
  expect(await board.claim({ key: 'k', token: 't', seconds: 1 })).toBe('unavailable');
  board.silence(false);
  expect(board.documents()).toHaveLength(1);
  board.flush();
  expect(await find()).toBe('missing');
});

it('the memory board forgets documents and leases at their end', async () => {
  const clock = createMemoryClock();
  const board = createMemoryStatusBoard(clock);
  const document = documentOf(awaiting());
  await board.show(document);
  await board.claim({ key: 'k', token: 'a', seconds: 30 });
  clock.tick(30_000);
  expect(await board.claim({ key: 'k', token: 'b', seconds: 30 })).toBe('claimed');
  clock.tick(7 * 24 * 60 * 60 * 1000);
  expect((await board.look(document, document.status.id)).found).toBe('missing');
});
