/** Archives made to harm who unpacks them, to whom unpacks them on purpose: rows D5, D11 and D12 of the fault catalogue. */
import { describe, expect, it } from 'vitest';
import { type ZipEntry, zipOf } from '../../support/archives.ts';
import { suffer } from '../../support/hostile.ts';

const MiB = 1024 ** 2;
const UNPACK = { unpack: true } as const;
const HEADER = 'PK\x01\x02';

/** Entries of the directory that all lie at the place of the first one. */
const quilt = (entries: number): Buffer => {
  const zip = zipOf(
    Array.from({ length: entries }, (_, at) => ({
      name: `${at}`,
      body: '\0'.repeat(4_096),
      deflated: true,
    })),
  );
  for (let at = zip.indexOf(HEADER); at >= 0; at = zip.indexOf(HEADER, at + 1)) {
    zip.writeUInt32LE(0, at + 42);
  }
  return zip;
};

describe('what is unpacked', () => {
  it('D5: is refused as a whole when it expands as bombs do, shares its bytes, or is too much', async () => {
    const bomb = zipOf([
      { name: 'sound.txt', body: 'hello' },
      { name: 'zeros', body: '\0'.repeat(20 * MiB), deflated: true },
    ]);
    const many = zipOf(Array.from({ length: 1_001 }, (_, at) => ({ name: `${at}` })));

    for (const [bytes, name, code] of [
      [bomb, 'bomb.zip', 'over_budget'],
      [quilt(50), 'quilt.zip', 'corrupt'],
      [many, 'many.zip', 'over_budget'],
    ] as const) {
      const { codes, children } = await suffer(bytes, name, UNPACK);

      expect(codes['archive-entries'], name).toBe(code);
      expect(children, name).toEqual([]);
    }
  });

  it('D5: is unpacked one level deep, however many there are', async () => {
    let zip = zipOf([{ name: 'hello.txt', body: 'hello' }]);
    for (let level = 0; level < 5; level += 1) {
      zip = zipOf([{ name: `${level}.zip`, bytes: zip }]);
    }

    const { state, children } = await suffer(zip, 'nested.zip', UNPACK);

    expect(state).toBe('completed');
    expect(children).toMatchObject([{ name: '4.zip', state: 'completed' }]);
  });

  it('D5: has a child that failed for each entry that lies about itself, and sound ones beside it', async () => {
    const zip = zipOf(
      ['a', 'b', 'c'].map((name) => ({ name, body: `${name} `.repeat(20), deflated: true })),
    );
    const second = zip.indexOf(HEADER, zip.indexOf(HEADER) + 1);
    zip.writeUInt32LE(5, second + 24);

    const { state, results, children } = await suffer(zip, 'liar.zip', UNPACK);

    expect(state).toBe('completed');
    expect(children.map((child) => child.state)).toEqual(['completed', 'failed', 'completed']);
    expect(results['child-uploads']).toEqual({ count: 3, states: { completed: 2, failed: 1 } });
  });

  it('D11, D12: is nothing that a name or a link leads to', async () => {
    const entries: ZipEntry[] = [
      { name: '../../etc/cron.d/x', body: 'x' },
      { name: '/etc/passwd', body: 'x' },
      { name: 'C:\\windows\\win.ini', body: 'x' },
      { name: 'link', body: '/etc/passwd', mode: 0o120777 },
      { name: 'secret', body: 'x', encrypted: true },
      { name: 'kept.txt', body: 'kept' },
    ];

    const { results, children } = await suffer(zipOf(entries), 'names.zip', UNPACK);

    expect(children).toMatchObject([{ name: 'kept.txt', state: 'completed', type: 'text/plain' }]);
    expect(results['archive-entries']).toMatchObject({
      children: 1,
      leftOut: { unsafe_name: 3, link: 1, encrypted: 1 },
    });
  });
});
