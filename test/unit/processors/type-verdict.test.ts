import { describe, expect, it } from 'vitest';
import type { TypePolicy } from '../../../shared/domain/upload-options.ts';
import { typeVerdict } from '../../../shared/processors/type-verdict.ts';
import { processorInput } from '../../support/processor-input.ts';

const verdict = (
  type: string,
  declaredType?: string,
  name?: string,
  typePolicy?: TypePolicy,
): Promise<unknown> =>
  typeVerdict.run(
    processorInput(typeVerdict, Buffer.from('x'), {
      type,
      options: { typePolicy },
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
      policy: 'accept',
      label: 'image/png',
    });
  });
});

describe('the policy of an upload', () => {
  const WRONG = ['application/json', 'image/webp', 'a.webp'] as const;
  const SCRIPT = ['text/html', 'image/png', 'a.png'] as const;

  it.each([
    ['accept', WRONG, 'image/webp'],
    ['accept', SCRIPT, 'image/png'],
    ['relabel', WRONG, 'application/json'],
  ] as const)('%s lets %j through as %s', async (policy, claims, label) => {
    expect(await verdict(claims[0], claims[1], claims[2], policy)).toMatchObject({ policy, label });
  });

  it.each([
    ['relabel', SCRIPT],
    ['reject', WRONG],
    ['reject', SCRIPT],
  ] as const)('%s refuses %j', async (policy, claims) => {
    await expect(verdict(claims[0], claims[1], claims[2], policy)).rejects.toMatchObject({
      code: 'type_mismatch',
      retryable: false,
      detail: `By its bytes it is ${claims[0]}; it was declared as ${claims[1]} and its name says ${claims[1]}.`,
    });
  });

  it('never refuses a file that is what it is called, or that nobody said anything about', async () => {
    for (const claims of [['image/png', 'image/png', 'a.png'], ['image/png']] as const) {
      expect(await verdict(claims[0], claims[1], claims[2], 'reject')).toMatchObject({
        verdict: 'accept',
        label: 'image/png',
      });
    }
  });
});
