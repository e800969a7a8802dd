import { describe, expect, it } from 'vitest';
import { typeVerdict } from '../../../shared/processors/type-verdict.ts';
import { processorInput } from '../../support/processor-input.ts';

const verdict = (type: string, declaredType?: string, name?: string): Promise<unknown> =>
  typeVerdict.run(
    processorInput(typeVerdict, Buffer.from('x'), {
      type,
      ...(declaredType !== undefined && { declaredType }),
      ...(name !== undefined && { name }),
    }).input,
  );

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

describe('type-verdict', () => {
  it.each([
    ['image/jpeg', 'image/jpg', 'a.JPEG'],
    ['text/plain', 'text/markdown; charset=utf-8', 'a.md'],
    ['text/csv', 'application/vnd.ms-excel', 'a.csv'],
    ['text/csv', 'text/plain', 'a.txt'],
    ['application/zip', DOCX, 'a.docx'],
    ['video/quicktime', 'video/mp4', 'a.mp4'],
    ['application/json', 'application/geo+json', 'a.json'],
    ['application/pdf', 'application/octet-stream', 'a.unknown'],
    ['application/pdf', undefined, undefined],
  ])('accepts %s declared as %s', async (detected, declared, name) => {
    expect(await verdict(detected, declared, name)).toMatchObject({ verdict: 'accept' });
  });

  it.each([
    ['application/json', 'image/webp', undefined],
    ['image/png', undefined, 'a.jpg'],
    ['image/png', 'image/png', 'a.pdf'],
    ['text/plain', 'image/svg+xml', 'a.svg'],
  ])('relabels %s declared as %s and called %s', async (detected, declared, name) => {
    expect(await verdict(detected, declared, name)).toMatchObject({ detected, verdict: 'relabel' });
  });

  it.each([
    ['text/html', 'image/png', undefined],
    ['image/svg+xml', undefined, 'a.png'],
    ['application/x-msdownload', 'application/pdf', 'invoice.pdf'],
  ])('rejects %s that pretends to be %s', async (detected, declared, name) => {
    expect(await verdict(detected, declared, name)).toMatchObject({ verdict: 'reject' });
  });

  it('says which of the claims differs', async () => {
    expect(await verdict('image/png', 'IMAGE/PNG', 'a.jpg')).toEqual({
      detected: 'image/png',
      declared: 'image/png',
      named: 'image/jpeg',
      declaration: 'agrees',
      name: 'differs',
      verdict: 'relabel',
    });
  });
});
