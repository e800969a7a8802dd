import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { archiveListing } from '../../../shared/processors/archive-listing.ts';
import { TAR_END, tarOf, zip64End, zipOf } from '../../support/archives.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';

const TYPES = {
  zip: 'application/zip',
  tar: 'application/x-tar',
  gzip: 'application/gzip',
} as const;

const GiB = 1024n ** 3n;
const MiB = 1024 ** 2;

const list = async (kind: keyof typeof TYPES, bytes: Buffer, options: InputOptions = {}) => {
  const { input, files, opens } = processorInput(archiveListing, bytes, {
    type: TYPES[kind],
    ...options,
  });
  const result = (await archiveListing.run(input)) as Record<string, unknown>;
  const lines = String(files.get('entries.jsonl')?.bytes ?? '')
    .split('\n')
    .filter(Boolean);
  return {
    result,
    entries: lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    opens: opens(),
  };
};

describe('a zip', () => {
  it('is listed without unpacking, with one read', async () => {
    const { result, entries, opens } = await list(
      'zip',
      zipOf([{ name: 'a.txt', body: 'hello' }, { name: 'b/' }]),
    );

    expect(result).toMatchObject({
      format: 'zip',
      entries: 2,
      files: 1,
      directories: 1,
      uncompressedBytes: 5,
      dangers: {},
    });
    expect(entries[0]).toEqual({
      name: 'a.txt',
      kind: 'file',
      size: 5,
      compressed: 5,
      encrypted: false,
      target: null,
      dangers: [],
    });
    expect(opens).toBe(1);
  });

  it('with a long directory takes two reads', async () => {
    const many = Array.from({ length: 3_000 }, (_, id) => ({
      name: `folder/file number ${id}.txt`,
    }));

    const { result, opens } = await list('zip', zipOf(many), { chunkBytes: 1_000 });

    expect(result).toMatchObject({ entries: 3_000 });
    expect(opens).toBe(2);
  });

  it('may be larger than 4 GiB, with entries that are', async () => {
    const [first, second] = [6n * GiB, 2n * GiB];
    const directoryAt = Number(first + second) + 100;
    const end = zip64End(directoryAt, [
      { name: 'first', size: first, offset: 0n },
      { name: 'second', size: second, offset: first + 50n },
    ]);
    const size = directoryAt + end.length;
    const open: InputOptions['open'] = ({ start, end: last } = { start: 0, end: size - 1 }) => {
      const bytes = Buffer.alloc(last - start + 1);
      end.copy(bytes, directoryAt - start);
      return Readable.from([bytes]);
    };

    const { result, entries, opens } = await list('zip', end, { size, open });

    expect(result).toMatchObject({ entries: 2, uncompressedBytes: Number(first + second) });
    expect(entries.map((entry) => [entry.name, entry.size, entry.compressed])).toEqual([
      ['first', Number(first), Number(first)],
      ['second', Number(second), Number(second)],
    ]);
    expect(result.dangers).toEqual({});
    expect(opens).toBe(1);
  });

  it('is found behind other bytes and before a comment', async () => {
    const zip = Buffer.concat([
      Buffer.from('#!/bin/sh\n'),
      zipOf([{ name: 'outer' }], 'a comment'),
    ]);

    expect((await list('zip', zip)).result).toMatchObject({ entries: 1, names: ['outer'] });
  });

  it('is corrupt where its directory is told to lie behind its end', async () => {
    const zip = zipOf([{ name: 'outer' }]);
    zip.writeUInt32LE(zip.length, zip.length - 6);

    await expect(list('zip', zip)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('tells what is dangerous about its names', async () => {
    const { result, entries } = await list(
      'zip',
      zipOf([
        { name: '../../etc/passwd' },
        { name: 'C:\\windows\\x' },
        { name: '/absolute' },
        { name: 'a\nb' },
        { name: 'twice' },
        { name: 'twice' },
        { name: 'link', body: '/etc/passwd', mode: 0o120777 },
        { name: 'secret', encrypted: true },
      ]),
    );

    expect(result).toMatchObject({
      dangers: { traversal: 1, absolute: 2, control: 1, duplicate: 1, link: 1 },
      symlinks: 1,
      encrypted: 1,
    });
    expect(entries[0]).toMatchObject({ name: '../../etc/passwd', dangers: ['traversal'] });
    expect(JSON.stringify(result.names)).not.toContain('\\n');
  });

  it.each([
    ['no directory', (zip: Buffer) => zip.subarray(0, -22)],
    [
      'a directory that is too long',
      (zip: Buffer) =>
        Buffer.concat([zip.subarray(0, -10), Buffer.from('ffffff7f', 'hex'), zip.subarray(-6)]),
    ],
    [
      'a damaged directory',
      (zip: Buffer) =>
        Buffer.from(zip.toString('latin1').replace('PK\x01\x02', 'PK\x00\x00'), 'latin1'),
    ],
  ])('with %s is corrupt', async (_, damage) => {
    await expect(list('zip', damage(zipOf([{ name: 'a', body: 'b' }])))).rejects.toMatchObject({
      code: 'corrupt',
    });
  });

  it('D5: flags what expands as only a bomb does, in one entry or in many, and nothing milder', async () => {
    const zeros = (count: number, bytes: number) =>
      Array.from({ length: count }, (_, id) => ({ name: `${id}`, bytes: Buffer.alloc(bytes) }));
    const dangersOf = async (entries: ReturnType<typeof zeros>) => {
      const zip = zipOf(entries.map((entry) => ({ ...entry, deflated: true })));
      return (await list('zip', zip)).result.dangers;
    };

    expect(await dangersOf(zeros(1, 20 * MiB))).toEqual({ bomb: 1 });
    expect(await dangersOf(zeros(20, MiB))).toEqual({ bomb: 4 });
    expect(await dangersOf(zeros(4, 4 * MiB))).toEqual({});
  });

  it('D5: flags entries that share their bytes', async () => {
    const three = Array.from({ length: 3 }, (_, id) => ({
      name: `${id}`,
      body: 'x'.repeat(1_000),
    }));
    const zip = zipOf(three);
    const directoryAt = zip.indexOf('PK\x01\x02');
    const shared = Buffer.concat([zip.subarray(0, directoryAt / 3), zip.subarray(directoryAt)]);
    shared.writeUInt32LE(directoryAt / 3, shared.length - 6);

    const { entries } = await list('zip', shared);

    expect(entries.map(({ dangers }) => dangers)).toEqual([[], ['bomb'], ['bomb']]);
  });

  it('D5: stops at the budget of entries', async () => {
    const zip = zipOf(Array.from({ length: 20 }, (_, id) => ({ name: `${id}` })));

    await expect(list('zip', zip, { budget: { entries: 10 } })).rejects.toMatchObject({
      code: 'over_budget',
    });
  });
});

describe('a tar', () => {
  it('is listed with its links', async () => {
    const tar = tarOf([
      { name: 'a.txt', body: 'x'.repeat(600) },
      { name: 'b', flag: '2', link: '../up' },
      { name: 'c', flag: '1', link: 'a.txt' },
      { name: 'd/', flag: '5' },
    ]);

    const { result, entries } = await list('tar', Buffer.concat([tar, TAR_END]));

    expect(result).toMatchObject({
      format: 'tar',
      entries: 4,
      files: 1,
      directories: 1,
      symlinks: 1,
      hardlinks: 1,
      uncompressedBytes: 600,
    });
    expect(entries[1]).toMatchObject({
      kind: 'symlink',
      target: '../up',
      dangers: ['traversal', 'link'],
    });
  });

  it('has long names, by pax and by GNU', async () => {
    const long = 'n'.repeat(150);
    const pax = `${String(10 + long.length)} path=${long}\n`;
    const { entries } = await list(
      'tar',
      tarOf([
        { name: 'PaxHeader', flag: 'x', body: pax },
        { name: 'short', body: 'a' },
        { name: '././@LongLink', flag: 'L', body: `${long}2\0` },
        { name: 'short', body: 'b' },
        { name: 'plain' },
      ]),
    );

    expect(entries.map(({ name }) => name)).toEqual([long, `${long}2`, 'plain']);
  });

  it.each([
    ['stops within an entry', tarOf([{ name: 'a', body: 'x'.repeat(2_000) }]).subarray(0, 1_000)],
    ['has a damaged header', Buffer.concat([tarOf([{ name: 'a' }]), Buffer.alloc(512, 'x')])],
    ['is empty', Buffer.alloc(0)],
  ])('that %s is corrupt', async (_, bytes) => {
    await expect(list('tar', bytes)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('does not hold a name of a gigabyte', async () => {
    const header = tarOf([{ name: 'x', flag: 'L', body: '' }]);
    header.write('10000000000\0', 124);
    header.write('        ', 148);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);

    await expect(list('tar', header)).rejects.toMatchObject({ code: 'over_budget' });
  });
});

describe('a gzip', () => {
  it('is looked through to the tar in it', async () => {
    const tgz = gzipSync(Buffer.concat([tarOf([{ name: 'a', body: 'b' }]), TAR_END]));

    expect((await list('gzip', tgz, { chunkBytes: 5 })).result).toMatchObject({
      format: 'tar.gz',
      entries: 1,
    });
  });

  it('of something else tells how large that is', async () => {
    const { result } = await list('gzip', gzipSync('x'.repeat(5_000)));

    expect(result).toMatchObject({
      format: 'gzip',
      entries: 0,
      uncompressedBytes: 5_000,
      file: null,
    });
  });

  it('D5: that grows without end is over budget', async () => {
    await expect(list('gzip', gzipSync(Buffer.alloc(50_000_000)))).rejects.toMatchObject({
      code: 'over_budget',
    });
  });

  it('that is cut is corrupt', async () => {
    await expect(list('gzip', gzipSync('some text').subarray(0, -4))).rejects.toMatchObject({
      code: 'corrupt',
    });
  });
});
