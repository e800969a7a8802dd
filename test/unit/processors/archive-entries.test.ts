import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { archiveEntries } from '../../../shared/processors/archive-entries.ts';
import type { ChildMaker } from '../../../shared/processors/processor.ts';
import { type ZipEntry, zipOf } from '../../support/archives.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';

const MiB = 1024 ** 2;
const HEADER = 'PK\x01\x02';

const unpack = async (bytes: Buffer, options: InputOptions = {}) => {
  const type = 'application/zip';
  const { input, files, children, opens } = processorInput(archiveEntries, bytes, {
    type,
    ...options,
  });
  const result = (await archiveEntries.run(input)) as Record<string, unknown>;
  const lines = String(files.get('left-out.jsonl')?.bytes ?? '')
    .split('\n')
    .filter(Boolean);
  return {
    result,
    children: children(),
    leftOut: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    opens: opens(),
  };
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The zip with a field of the header of entry `index` in its directory changed. */
const changed = (zip: Buffer, index: number, field: { at: number; value: number }): Buffer => {
  const copy = Buffer.from(zip);
  let at = -1;
  for (let seen = -1; seen < index; seen += 1) at = copy.indexOf(HEADER, at + 1);
  copy.writeUInt32LE(field.value, at + field.at);
  return copy;
};

const CRC = 16;
const SIZE = 24;
const OFFSET = 42;

describe('the files of a zip', () => {
  it('are made in the order of the directory, stored or packed, the empty ones too', async () => {
    const entries: ZipEntry[] = [
      { name: 'b.txt', body: 'stored' },
      { name: 'a/ünï.txt', body: 'packed '.repeat(10_000), deflated: true },
      { name: 'empty' },
    ];

    const { result, children } = await unpack(zipOf(entries));

    expect(result).toEqual({ children: 3, bytes: 70_006, leftOut: {}, file: null });
    expect(children).toEqual(
      entries.map(({ name, body = '' }, index) => {
        return { index, name, size: body.length, sha256: sha256(body) };
      }),
    );
  });

  it('are read with one read of the directory and one each, and not beyond their own bytes', async () => {
    const zip = zipOf(
      Array.from({ length: 20 }, (_, at) => ({ name: `${at}`, body: 'x'.repeat(50_000) })),
    );
    // The directory's read takes the last 64 KiB and a little.
    const budget = { bytesIn: zip.length + 66 * 1024 };

    const { children, opens } = await unpack(zip, { budget });

    expect(children).toHaveLength(20);
    expect(opens).toBe(21);
  });

  it('are found also behind bytes that do not belong to the archive', async () => {
    const zip = zipOf([{ name: 'a.txt', body: 'hello' }]);

    const { children } = await unpack(Buffer.concat([Buffer.from('#!/bin/sh\n'), zip]));

    expect(children).toMatchObject([{ name: 'a.txt', sha256: sha256('hello') }]);
  });

  it('keep the end of a name that is too long', async () => {
    const { children } = await unpack(
      zipOf([{ name: `${'folder/'.repeat(50)}end.txt`, body: 'x' }]),
    );

    expect(children[0]?.name).toHaveLength(255);
    expect(children[0]?.name).toMatch(/folder\/end\.txt$/);
  });
});

describe('what is left out', () => {
  it('D11, D12: is told with its reason, and the rest is made', async () => {
    const zip = zipOf([
      { name: 'kept.txt', body: 'kept' },
      { name: 'folder/' },
      { name: 'secret.txt', body: 'x', encrypted: true },
      { name: 'link', body: '/etc/passwd', mode: 0o120777 },
      { name: '../outside.txt', body: 'x' },
      { name: '/etc/cron.d/x', body: 'x' },
      { name: 'C:\\windows\\x', body: 'x' },
      { name: 'bell\x07', body: 'x' },
      { name: '', body: 'x' },
      { name: 'kept.txt', body: 'another' },
    ]);

    const { result, children, leftOut } = await unpack(zip);

    expect(children).toMatchObject([{ index: 0, name: 'kept.txt', sha256: sha256('kept') }]);
    expect(result).toEqual({
      children: 1,
      bytes: 4,
      leftOut: { directory: 1, encrypted: 1, link: 1, unsafe_name: 5, duplicate: 1 },
      file: 'left-out.jsonl',
    });
    expect(leftOut).toHaveLength(9);
    expect(leftOut[1]).toEqual({ name: 'secret.txt', size: 1, reason: 'encrypted' });
  });

  it('is also what is packed in a way that nobody here unpacks', async () => {
    const zip = zipOf([{ name: 'a', body: 'x' }]);
    zip.writeUInt16LE(14, zip.indexOf(HEADER) + 10);

    expect((await unpack(zip)).result).toMatchObject({ children: 0, leftOut: { unsupported: 1 } });
  });
});

describe('an entry that is not as the directory says', () => {
  const zip = zipOf([
    { name: 'a', body: 'first' },
    { name: 'b', body: 'second', deflated: true },
    { name: 'c', body: 'third' },
  ]);

  it.each([
    ['its CRC', { at: CRC, value: 1 }],
    ['a smaller size', { at: SIZE, value: 3 }],
    ['a larger size', { at: SIZE, value: 60 }],
  ])('D5: by %s is a damaged child, and its neighbours are made', async (_, field) => {
    const { result, children } = await unpack(changed(zip, 1, field));

    expect(result).toMatchObject({ children: 3 });
    expect(children.map((child) => child.sha256)).toEqual([
      sha256('first'),
      'corrupt',
      sha256('third'),
    ]);
  });

  it.each([
    ['stored', 0],
    ['packed', 1],
  ])('D5: is never given whole to whoever writes it, be it %s', async (_, index) => {
    const long = zipOf([
      { name: 'a', body: 'first '.repeat(50_000) },
      { name: 'b', body: 'second '.repeat(50_000), deflated: true },
    ]);
    const bad = changed(long, index, { at: CRC, value: 1 });
    const { input } = processorInput(archiveEntries, bad, { type: 'application/zip' });
    const given = new Map<number, number>();
    const children: ChildMaker = {
      expect: async () => undefined,
      // A writer that knows the size is done with the last byte, and waits for no end.
      make: async (file, open) => {
        const body: AsyncIterable<Buffer> = await open();
        try {
          for await (const chunk of body) {
            given.set(file.index, (given.get(file.index) ?? 0) + chunk.length);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'corrupt' });
        }
      },
    };

    await archiveEntries.run({ ...input, children });

    const sizes = [300_000, 350_000];
    for (const [at, size] of sizes.entries()) {
      if (at === index) expect(given.get(at) ?? 0).toBeLessThan(size);
      else expect(given.get(at)).toBe(size);
    }
  });

  it('by its bytes is a damaged child too', async () => {
    const broken = Buffer.from(zip);
    const second = broken.indexOf('PK\x03\x04', 1);
    broken.fill(0xff, second + 31, broken.indexOf('PK\x03\x04', second + 1));

    const { children } = await unpack(broken);

    expect(children[1]).toMatchObject({ name: 'b', sha256: 'corrupt' });
  });
});

describe('an archive that is refused as a whole', () => {
  const refused = async (bytes: Buffer, options: InputOptions = {}) => {
    const input = processorInput(archiveEntries, bytes, { type: 'application/zip', ...options });
    const error = await Promise.resolve(archiveEntries.run(input.input)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(input.children()).toEqual([]);
    return error;
  };
  const two = zipOf([
    { name: 'a', body: 'x'.repeat(600) },
    { name: 'b', body: 'x'.repeat(600) },
  ]);

  it.each([
    ['entries', { entries: 1 }],
    ['bytes of one of them', { entryBytes: 500 }],
    ['bytes in all', { bytesOut: 1_000 }],
  ])('has too many %s', async (_, budget) => {
    expect(await refused(two, { budget })).toMatchObject({ code: 'over_budget' });
  });

  it('D5: expands as only a bomb does', async () => {
    const bomb = zipOf([{ name: 'zeros', body: '\0'.repeat(20 * MiB), deflated: true }]);

    expect(await refused(bomb)).toMatchObject({ code: 'over_budget' });
  });

  it('D5: has entries that share their bytes', async () => {
    expect(await refused(changed(two, 1, { at: OFFSET, value: 0 }))).toMatchObject({
      code: 'corrupt',
    });
    expect(await refused(changed(two, 1, { at: OFFSET, value: two.length }))).toMatchObject({
      code: 'corrupt',
    });
  });
});

describe('a storage that fails', () => {
  it('ends the attempt with its own failure, after what was begun', async () => {
    const zip = zipOf(Array.from({ length: 100 }, (_, at) => ({ name: `${at}`, body: 'x' })));
    const lost = new RetryableError('storage_unavailable');
    const { input } = processorInput(archiveEntries, zip, { type: 'application/zip' });
    let made = 0;
    const children = {
      expect: async () => undefined,
      make: async () => {
        made += 1;
        if (made === 6) throw lost;
      },
    };

    await expect(archiveEntries.run({ ...input, children })).rejects.toBe(lost);

    expect(made).toBeLessThan(20);
  });
});
