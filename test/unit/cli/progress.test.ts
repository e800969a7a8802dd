import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgress } from '../../../cli/progress.ts';

/** A stream that keeps what is written; a terminal when it has columns. */
const setup = (columns?: number) => {
  const stream = Object.assign(new PassThrough(), { isTTY: columns !== undefined, columns });
  const written: string[] = [];
  stream.on('data', (chunk) => written.push(String(chunk)));
  const progress = createProgress(false, stream as unknown as typeof process.stderr);
  return { progress, written };
};

describe('progress where nobody watches a terminal', () => {
  it('is each news once, line by line', () => {
    const { progress, written } = setup();

    progress.show('a', 'a: 10 %');
    progress.tell('a', 'a: processing');
    progress.tell('a', 'a: processing');
    progress.tell('b', 'b: processing');
    progress.finish('a', 'a: completed');
    progress.end();

    expect(written).toEqual(['a: processing\n', 'b: processing\n', 'a: completed\n']);
  });
});

describe('progress on a terminal', () => {
  it('changes its lines in place, cut to the width, and leaves what is finished above them', () => {
    const { progress, written } = setup(10);

    progress.show('a', 'a: 1234567890');
    progress.finish('b', 'b: sent');
    progress.end();

    expect(written).toEqual([
      'a: 123456\n',
      '\u001b[1A\u001b[Jb: sent\na: 123456\n',
      '\u001b[1A\u001b[J',
    ]);
  });

  it('gives way to what is said beside it, which stays above the lines that still move', () => {
    const { progress, written } = setup(80);

    progress.show('a', 'a: 1');
    progress.finish('b', 'b: sent');
    progress.aside(() => written.push('upl_b\n'));
    progress.end();

    expect(written.slice(1)).toEqual([
      '\u001b[1A\u001b[Jb: sent\na: 1\n',
      '\u001b[1A\u001b[J',
      'upl_b\n',
      'a: 1\n',
      '\u001b[1A\u001b[J',
    ]);
  });

  it('is not drawn more often than eyes follow', () => {
    const { progress, written } = setup(80);

    for (let percent = 0; percent <= 100; percent += 1) progress.show('a', `a: ${percent} %`);

    expect(written.length).toBeLessThan(10);
  });
});
