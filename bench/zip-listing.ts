/** The contents of a zip of 20,000 entries, by ranged reads: requests and time against yauzl over the same reads. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { archiveListing } from '../shared/processors/archive-listing.ts';
import { zipOf } from '../test/support/archives.ts';
import { processorInput } from '../test/support/processor-input.ts';
import type { Bench } from './harness/bench.ts';
import { alternating, secondsOf } from './harness/measure.ts';
import { installPeer, peerVersion } from './harness/peers.ts';

const ENTRIES = 20_000;
const ROUNDS = 3;

interface ZipFile {
  readEntry(): void;
  on(event: string, listener: (value: unknown) => void): void;
}

interface Yauzl {
  readonly RandomAccessReader: new () => object;
  fromRandomAccessReader(
    reader: object,
    size: number,
    options: object,
    done: (error: unknown, zip: ZipFile) => void,
  ): void;
}

const listByYauzl = (yauzl: Yauzl, bytes: Buffer) =>
  new Promise<{ readonly entries: number; readonly reads: number }>((resolve, reject) => {
    let [entries, reads] = [0, 0];
    class Reader extends yauzl.RandomAccessReader {
      _readStreamForRange(start: number, end: number): Readable {
        reads += 1;
        return Readable.from([bytes.subarray(start, end)]);
      }
    }
    yauzl.fromRandomAccessReader(
      new Reader(),
      bytes.length,
      { lazyEntries: true },
      (error, zip) => {
        if (error) return reject(error as Error);
        zip.on('entry', () => {
          entries += 1;
          zip.readEntry();
        });
        zip.on('error', (failure) => reject(failure as Error));
        zip.on('end', () => resolve({ entries, reads }));
        zip.readEntry();
      },
    );
  });

export const bench: Bench = {
  name: 'zip-listing',
  about: `A zip of ${ENTRIES.toLocaleString('en')} entries, listed by ranged reads: how many reads (each a GET on S3), and how long when a read costs nothing.`,
  async run() {
    const folder = await installPeer('yauzl');
    const yauzl = createRequire(join(folder, 'package.json'))('yauzl') as Yauzl;
    const bytes = zipOf(
      Array.from({ length: ENTRIES }, (_, index) => ({
        name: `folder/entry-${index}.txt`,
        body: 'body',
      })),
    );
    let reads = 0;
    let theirReads = 0;
    const figures = await alternating(
      ROUNDS,
      () =>
        secondsOf(async () => {
          const { input, opens } = processorInput(archiveListing, bytes, {
            type: 'application/zip',
          });
          await archiveListing.run(input);
          reads = opens();
        }),
      () =>
        secondsOf(async () => {
          const listed = await listByYauzl(yauzl, bytes);
          if (listed.entries !== ENTRIES) throw new Error(`yauzl found ${listed.entries} entries.`);
          theirReads = listed.reads;
        }),
    );
    const peer = peerVersion('yauzl');
    return [
      {
        case: 'ranged reads',
        unit: 'GETs',
        better: 'less',
        ours: reads,
        peer: { name: peer, value: theirReads },
        target: { of: 'ours', value: 2 },
      },
      {
        case: 'time, without the network',
        unit: 'ms',
        better: 'less',
        ours: figures.ours * 1000,
        peer: { name: peer, value: figures.peer * 1000 },
      },
    ];
  },
};
