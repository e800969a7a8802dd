/** Archives made to harm who unpacks them: rows D5, D11 and D12 of the fault catalogue. */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { TAR_END, tarOf, type ZipEntry, zipOf } from '../../support/archives.ts';
import { suffer } from '../../support/hostile.ts';
import { compressZ } from '../../support/packed.ts';

const MiB = 1024 ** 2;

const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);

/** A directory whose entries all say that they are large and lie at the same place. */
const overlapping = (entries: number, claimed: number): Buffer => {
  const packed = deflateRawSync(zeros(MiB));
  const body = zipOf(Array.from({ length: entries }, (_, at) => ({ name: `${at}` })));
  const local = Buffer.concat([body.subarray(0, 31), packed]);
  const directory = body.subarray(body.indexOf('PK\x01\x02'));
  const shifted = Buffer.from(directory);
  for (let at = 0; at >= 0; at = shifted.indexOf('PK\x01\x02', at + 1)) {
    shifted.writeUInt32LE(packed.length, at + 20);
    shifted.writeUInt32LE(claimed, at + 24);
    shifted.writeUInt32LE(0, at + 42);
  }
  const end = shifted.indexOf('PK\x05\x06');
  shifted.writeUInt32LE(local.length, end + 16);
  return Buffer.concat([local, shifted]);
};

describe('bombs', () => {
  it('D5: a gzip, a .Z and gzips in gzips stop at the budget of expansion, or are not opened', async () => {
    const bomb = gzipSync(zeros(80 * MiB));
    const inside = gzipSync(bomb);

    expect((await suffer(bomb, 'zeros.gz')).codes).toEqual({ 'archive-listing': 'over_budget' });
    expect((await suffer(compressZ(zeros(24 * MiB)), 'zeros.Z')).codes).toEqual({
      'archive-listing': 'over_budget',
    });
    // Only the outer one is unpacked, which is harmless.
    expect((await suffer(inside, 'inside.gz')).results['archive-listing']).toMatchObject({
      decompressedBytes: bomb.length,
    });
  });

  it('D5: a tar of a bomb in a gzip is over budget too', async () => {
    const tar = tarOf([{ name: 'zeros', body: '\0'.repeat(40 * MiB) }]);

    expect((await suffer(gzipSync(Buffer.concat([tar, TAR_END])), 'zeros.tgz')).codes).toEqual({
      'archive-listing': 'over_budget',
    });
  });

  it('D5: a zip is listed from its directory, whatever lies in it: bombs are flagged, and nothing is unpacked', async () => {
    const nested = zipOf([{ name: 'inner.zip', body: 'PK\x03\x04'.repeat(100), deflated: true }]);
    const petabytes = overlapping(500, 0xfffffffe);
    const deep = zipOf([{ name: 'zeros', body: '\0'.repeat(20 * MiB), deflated: true }]);

    expect((await suffer(nested, 'nested.zip')).results['archive-listing']).toMatchObject({
      entries: 1,
    });
    expect((await suffer(deep, 'deep.zip')).results['archive-listing']).toMatchObject({
      uncompressedBytes: 20 * MiB,
      dangers: { bomb: 1 },
    });
    const { codes, results } = await suffer(petabytes, 'overlapping.zip');
    expect(codes['archive-listing']).toBeUndefined();
    expect(results['archive-listing']).toMatchObject({ entries: 500, dangers: { bomb: 500 } });
  });

  it('D5: what nobody reads is not opened: 7z, and zip in another way', async () => {
    const sevenZip = Buffer.concat([Buffer.from('377abcaf271c0004', 'hex'), zeros(64)]);

    const { codes, outcomes } = await suffer(sevenZip, 'bomb.7z');

    expect(codes).toEqual({});
    expect(Object.keys(outcomes)).not.toContain('document-text');
  });
});

/** Names that a careless unpacker would write to, and the danger that each is told as. */
const NAMES: readonly (readonly [string, string])[] = [
  ['../../etc/passwd', 'traversal'],
  ['a/../../b', 'traversal'],
  ['..\\..\\windows\\win.ini', 'traversal'],
  ['/etc/passwd', 'absolute'],
  ['C:\\windows\\win.ini', 'absolute'],
  ['C:win.ini', 'absolute'],
  ['\\\\server\\share', 'absolute'],
  ['a\0.txt', 'control'],
  ['line\nbreak', 'control'],
];

describe('names that lead out of the archive', () => {
  it.each([
    ['zip', (entries: readonly ZipEntry[]) => zipOf(entries)],
    ['tar', (entries: readonly ZipEntry[]) => Buffer.concat([tarOf(entries), TAR_END])],
  ])('D11: are listed and flagged in a %s', async (kind, pack) => {
    for (const [name, danger] of NAMES) {
      // In a tar, a name ends with its first NUL.
      if (kind === 'tar' && name.includes('\0')) continue;
      const { results } = await suffer(pack([{ name, body: 'x' }]), `names.${kind}`);

      expect(results['archive-listing'], name).toMatchObject({
        entries: 1,
        dangers: { [danger]: 1 },
      });
    }
  });

  it('D11: may be there twice, be empty, be a thousand levels deep, or pollute', async () => {
    const names = ['a', 'a', '', `${'d/'.repeat(1_000)}x`, '__proto__/polluted', 'constructor'];

    const { results } = await suffer(zipOf(names.map((name) => ({ name }))), 'names.zip');

    expect(results['archive-listing']).toMatchObject({
      entries: names.length,
      dangers: { duplicate: 1 },
    });
  });
});

describe('links', () => {
  it('D12: are listed as links and followed nowhere', async () => {
    const link = { name: 'link', link: '/etc/passwd' };
    const tar = Buffer.concat([
      tarOf([
        { ...link, flag: '2' },
        { ...link, name: 'hard', flag: '1' },
      ]),
      TAR_END,
    ]);
    const zip = zipOf([{ name: 'link', body: '/etc/passwd', mode: 0o120777 }]);

    for (const [bytes, name, links] of [
      [tar, 'links.tar', { symlinks: 1, hardlinks: 1 }],
      [gzipSync(tar), 'links.tgz', { symlinks: 1, hardlinks: 1 }],
      [zip, 'links.zip', { symlinks: 1 }],
    ] as const) {
      expect((await suffer(bytes, name)).results['archive-listing'], name).toMatchObject(links);
    }
  });
});
