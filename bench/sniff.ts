/** What a file is, by its first bytes: ours, which also tells kinds of text apart, against file-type. */
import { fileTypeFromBuffer } from 'file-type';
import sharp from 'sharp';
import { detectType } from '../shared/detection/detect-type.ts';
import { zipOf } from '../test/support/archives.ts';
import { docx, pdf } from '../test/support/documents.ts';
import { mp3, wave, webm } from '../test/support/media.ts';
import type { Bench, Measured } from './harness/bench.ts';
import { alternating, secondsOf } from './harness/measure.ts';

const HEAD_BYTES = 4096;
const CALLS = 20_000;
const ROUNDS = 3;

interface Sample {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

const text = (name: string, type: string, line: string): Sample => ({
  name,
  type,
  bytes: Buffer.from(line.repeat(Math.ceil(HEAD_BYTES / line.length))),
});

const samples = async (): Promise<{
  readonly magic: readonly Sample[];
  readonly texts: readonly Sample[];
}> => {
  const picture = sharp({ create: { width: 64, height: 64, channels: 3, background: '#369' } });
  const magic: readonly Sample[] = [
    { name: 'a.png', type: 'image/png', bytes: await picture.clone().png().toBuffer() },
    { name: 'a.jpg', type: 'image/jpeg', bytes: await picture.clone().jpeg().toBuffer() },
    { name: 'a.webp', type: 'image/webp', bytes: await picture.clone().webp().toBuffer() },
    { name: 'a.gif', type: 'image/gif', bytes: await picture.clone().gif().toBuffer() },
    { name: 'a.pdf', type: 'application/pdf', bytes: pdf(['one page']) },
    { name: 'a.zip', type: 'application/zip', bytes: zipOf([{ name: 'a.txt', body: 'a' }]) },
    { name: 'a.wav', type: 'audio/wav', bytes: wave(2_000) },
    { name: 'a.mp3', type: 'audio/mpeg', bytes: mp3(10) },
    { name: 'a.webm', type: 'video/webm', bytes: webm(640, 480) },
    {
      name: 'a.docx',
      type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      bytes: docx('<w:p/>'),
    },
  ];
  const texts: readonly Sample[] = [
    text('a.csv', 'text/csv', 'id,name,amount,when\n1,Ann,12.50,2026-01-01\n'),
    {
      name: 'a.json',
      type: 'application/json',
      bytes: Buffer.from(
        JSON.stringify(Array.from({ length: 50 }, (_, id) => ({ id, name: 'Ann' }))),
      ),
    },
    text('a.html', 'text/html', '<!doctype html><html><body><p>Hello</p>\n'),
    text('a.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/>\n'),
    text('a.txt', 'text/plain', 'Nothing but a few words. And a few more, then a full stop.\n'),
  ];
  return { magic, texts };
};

const perSecond = async (
  of: readonly Sample[],
  detect: (sample: Sample) => Promise<unknown>,
): Promise<number> => {
  const seconds = await secondsOf(async () => {
    for (let call = 0; call < CALLS; call += 1) await detect(of[call % of.length]!);
  });
  return CALLS / seconds;
};

export const bench: Bench = {
  name: 'sniff',
  about:
    'Detections per second over the first 4 KiB of ten binary and five text files. file-type answers nothing for CSV, JSON, HTML and plain text; ours must answer each rightly.',
  async run() {
    const { magic, texts } = await samples();
    const ours = ({ bytes, name }: Sample) =>
      detectType(bytes.subarray(0, HEAD_BYTES), bytes.length, name);
    for (const sample of [...magic, ...texts]) {
      const { type } = await ours(sample);
      if (type !== sample.type) throw new Error(`${sample.name} is taken for ${type}.`);
    }
    const theirs = ({ bytes }: Sample) => fileTypeFromBuffer(bytes.subarray(0, HEAD_BYTES));
    const rows: Measured[] = [];
    for (const [what, of] of [
      ['binary', magic],
      ['text', texts],
      ['all', [...magic, ...texts]],
    ] as const) {
      const figures = await alternating(
        ROUNDS,
        () => perSecond(of, ours),
        () => perSecond(of, theirs),
      );
      rows.push({
        case: what,
        unit: 'files/s',
        better: 'more',
        ours: figures.ours,
        peer: { name: 'file-type', value: figures.peer },
        ...(what === 'all' ? { target: { of: 'ratio', value: 20 } } : {}),
      });
    }
    return rows;
  },
};
