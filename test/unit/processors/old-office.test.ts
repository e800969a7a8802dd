/** What document-text says of documents of Office from before 2007, and of locked ones since. */
import { describe, expect, it } from 'vitest';
import { SkippedError } from '../../../shared/domain/errors.ts';
import { documentText } from '../../../shared/processors/document-text.ts';
import { compoundFile } from '../../support/compound-file.ts';
import { processorInput } from '../../support/processor-input.ts';

const failureOf = async (bytes: Buffer, type = 'application/x-cfb'): Promise<unknown> => {
  const { input } = processorInput(documentText, bytes, { type });
  return documentText.run(input).then(
    () => undefined,
    (error: unknown) => error,
  );
};

const word = (flags: number, bytes: number): Buffer => {
  const document = Buffer.alloc(bytes);
  document.writeUInt8(flags, 11);
  return document;
};

/** Records of a workbook, each of four bytes beside what begins it. */
const records = (bytes: number, ...kinds: readonly number[]): Buffer => {
  const workbook = Buffer.alloc(bytes);
  for (const [at, kind] of kinds.entries()) {
    workbook.writeUInt16LE(kind, 8 * at);
    workbook.writeUInt16LE(4, 8 * at + 2);
  }
  return workbook;
};

const [SHORT, LONG] = [300, 5_000];
const [BEGIN, FILE_PASS, CODE_PAGE] = [0x809, 0x2f, 0x42];

describe('a document of Office from before 2007', () => {
  it.each([
    ['a Word document', compoundFile({ Other: word(0, SHORT), WordDocument: word(0, SHORT) })],
    ['a Word document', compoundFile({ WordDocument: word(0, LONG) })],
    ['an Excel workbook', compoundFile({ Workbook: records(LONG, BEGIN, CODE_PAGE) })],
    ['an Excel workbook', compoundFile({ Book: records(SHORT, BEGIN) })],
    [
      'a PowerPoint presentation',
      compoundFile({ 'PowerPoint Document': word(0, LONG) }, { WordDocument: word(1, LONG) }),
    ],
  ])('is skipped as what it is: %s', async (kind, bytes) => {
    const failure = await failureOf(bytes);

    expect(failure).toBeInstanceOf(SkippedError);
    expect(failure).toMatchObject({ code: 'unsupported' });
    expect((failure as Error).message).toContain(`It is ${kind} from before 2007`);
  });

  it('is skipped as one too where Word was older than compound files', async () => {
    const failure = await failureOf(Buffer.from('dba52d00', 'hex'), 'application/msword');

    expect((failure as Error).message).toContain('It is a Word document from before 2007');
  });

  it.each([
    ['a Word document', compoundFile({ WordDocument: word(1, LONG) })],
    ['a small Word document', compoundFile({ A: word(0, 70), WordDocument: word(1, SHORT) })],
    ['a workbook', compoundFile({ Workbook: records(LONG, BEGIN, CODE_PAGE, FILE_PASS) })],
    ['a small workbook', compoundFile({ Workbook: records(SHORT, BEGIN, FILE_PASS) })],
    ['any document since', compoundFile({ EncryptedPackage: Buffer.alloc(LONG) })],
  ])('D8: is encrypted when it has a password: %s', async (_, bytes) => {
    expect(await failureOf(bytes)).toMatchObject({ code: 'encrypted' });
  });
});

describe('another compound file', () => {
  it('is skipped as no document', async () => {
    const failure = await failureOf(compoundFile({ Other: Buffer.alloc(LONG) }));

    expect(failure).toBeInstanceOf(SkippedError);
    expect((failure as Error).message).toContain('no document of Office');
  });

  it.each([
    ['a header alone', (file: Buffer) => file.subarray(0, 512)],
    ['sectors of no size', (file: Buffer) => file.fill(0, 30, 32)],
    ['a directory outside of it', (file: Buffer) => file.fill(0x7f, 48, 52)],
    // The second sector of the directory leads back to the first.
    ['a chain without an end', (file: Buffer) => file.fill(1, 520, 521).fill(0, 521, 524)],
    ['no signature', (file: Buffer) => file.fill(0, 0, 1)],
  ])('is corrupt with %s', async (_, damage) => {
    const file = compoundFile({ WordDocument: word(0, LONG) });

    expect(await failureOf(damage(file))).toMatchObject({ code: 'corrupt' });
  });
});
