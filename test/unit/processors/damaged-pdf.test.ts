/** What document-text makes of a PDF that is locked, or damaged in places. */
import { describe, expect, it } from 'vitest';
import { documentText } from '../../../shared/processors/document-text.ts';
import { pdf } from '../../support/documents.ts';
import { processorInput } from '../../support/processor-input.ts';

const PDF = 'application/pdf';

const read = async (bytes: Buffer) => {
  const { input, files } = processorInput(documentText, bytes, { type: PDF });
  const result = (await documentText.run(input)) as Record<string, unknown>;
  return { result, text: files.get('text.txt')?.bytes.toString() };
};

/** Standard security handler with an owner and a user password that are not empty. */
const LOCK = `<</Filter/Standard/V 1/R 2/P -4/O<${'28'.repeat(32)}>/U<${'1f'.repeat(32)}>>>`;

/** Of a later revision, with a user password that is empty; it locks no stream. */
const OPEN_LOCK = `<</Filter/Standard/V 4/R 4/Length 128/P -4/O<${'28'.repeat(32)}>/U<c8f87f5e2b6b21d2aca8a802f99d8c64${'00'.repeat(16)}>/CF<<>>/StmF/Identity/StrF/Identity>>`;

const locked = (lock: string): Buffer =>
  pdf(['Hello'], { more: [lock], trailer: '/Encrypt 6 0 R/ID[<00><00>]' });

describe('document-text of a locked PDF', () => {
  it('D8: says encrypted when a password is needed', async () => {
    await expect(read(locked(LOCK))).rejects.toMatchObject({ code: 'encrypted' });
  });

  it('reads what opens without a password, and says that it is locked', async () => {
    const { result, text } = await read(locked(OPEN_LOCK));

    expect(text).toBe('Hello');
    expect(result).toMatchObject({ encrypted: true });
  });
});

describe('document-text of a damaged PDF', () => {
  it('builds a damaged index anew, and says so', async () => {
    const damaged = Buffer.from(
      pdf(['Hello'])
        .toString('latin1')
        .replace(/startxref\n\d+/, 'startxref\n9'),
      'latin1',
    );

    const { result, text } = await read(damaged);

    expect(text).toBe('Hello');
    expect(result).toMatchObject({ repaired: true, pages: 1 });
  });

  it('refuses a page tree that does not count its pages', async () => {
    for (const count of ['(many)', '-5']) {
      await expect(read(pdf(['Hello'], { count }))).rejects.toMatchObject({ code: 'corrupt' });
    }
  });
});
