/** What the memory bucket announces, and what its forms refuse. */
import { expect, it } from 'vitest';
import type { ObjectRecord } from '../../../shared/adapters/memory/memory-bucket.ts';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createMemoryObjectStore } from '../../../shared/adapters/memory/memory-object-store.ts';
import { decodeEventKey } from '../../../shared/domain/object-key.ts';
import { compareSequencers } from '../../../shared/domain/object-version.ts';

const setup = () => {
  const clock = createMemoryClock();
  const records: ObjectRecord[] = [];
  const onRecord = (record: ObjectRecord): void => void records.push(record);
  return { clock, records, store: createMemoryObjectStore({ clock, onRecord }) };
};

const bytes = (text: string): Uint8Array => Buffer.from(text);

it('announces each version with its key encoded, size, ETag and version', () => {
  const { records, store } = setup();
  const key = 'incoming/dev/a b+c/größe (1).csv';
  const version = store.put(key, bytes('abc'));
  const [record] = records;
  expect(record).toMatchObject({
    eventName: 'ObjectCreated:Put',
    s3: {
      bucket: { name: 'uploads' },
      object: { size: 3, eTag: version.eTag, versionId: version.versionId },
    },
  });
  expect(record?.s3.object.key).toBe('incoming/dev/a+b%2Bc/gr%C3%B6%C3%9Fe+%281%29.csv');
  expect(decodeEventKey(record?.s3.object.key ?? '')).toBe(key);
});

it('announces a removal without size and ETag, later in order', () => {
  const { records, store } = setup();
  store.put('incoming/dev/a', bytes('abc'));
  store.remove('incoming/dev/a');
  expect(records[1]).toMatchObject({ eventName: 'ObjectRemoved:DeleteMarkerCreated' });
  expect(records[1]?.s3.object).not.toHaveProperty('size');
});

it('orders versions by sequencers of different lengths', () => {
  const { records, store } = setup();
  for (let n = 0; n < 40; n += 1) store.put('incoming/dev/a', bytes(String(n)));
  const sequencers = records.map(({ s3 }) => s3.object.sequencer);
  expect(new Set(sequencers.map(({ length }) => length)).size).toBeGreaterThan(1);
  for (const [index, sequencer] of sequencers.slice(1).entries()) {
    expect(compareSequencers(sequencer, sequencers[index] ?? '')).toBe('newer');
  }
});

it('takes a form only in time, of the right size and bytes, and only a form of its own', async () => {
  const { clock, store } = setup();
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  const terms = { key: 'incoming/dev/a', size: 3, type: 'text/plain', sha256, expiresSeconds: 60 };
  const form = await store.presignUpload(terms);
  expect(store.submit({ ...form, url: `${form.url}0` }, bytes('abc'))).toBe('unknown_form');
  expect(store.submit(form, bytes('abcd'))).toBe('wrong_size');
  expect(store.submit(form, bytes('abd'))).toBe('wrong_bytes');
  clock.tick(60_000);
  expect(store.submit(form, bytes('abc'))).toBe('stored');
  clock.tick(1);
  expect(store.submit(form, bytes('abc'))).toBe('expired');
  expect(store.versions('incoming/dev/a')).toHaveLength(1);
});

it('counts how often a result was written', async () => {
  const { store } = setup();
  await store.putResult('results/a', bytes('1'), 'text/plain');
  await store.putResult('results/a', bytes('2'), 'text/plain');
  expect(store.results().get('results/a')).toMatchObject({ writes: 2, contentType: 'text/plain' });
});
