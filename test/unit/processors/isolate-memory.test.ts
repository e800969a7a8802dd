/** How bytes get to an isolated process, and what of them counts against its memory. */
import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { NonRetryableError } from '../../../shared/domain/errors.ts';
import { createIsolate } from '../../../shared/processors/isolation/isolate.ts';

const MiB = 1024 ** 2;
const isolate = (work: string, memoryBytes = 256 * MiB) =>
  createIsolate<unknown, unknown, unknown>({ work, memoryBytes });
const never = new AbortController().signal;

describe('the bytes of an isolate', () => {
  it.each([0, 1, 1024 ** 2, 2.5 * 1024 ** 2])('hands over %i bytes as they are', async (length) => {
    const { ask } = isolate(
      "const { bytes, salt } = request; return require('node:crypto').createHash('sha256').update(bytes).update(salt).digest('hex');",
    );
    const bytes = Buffer.alloc(length, 'some bytes');

    for (const salt of ['a', 'b']) {
      expect(await ask({ bytes, salt }, { signal: never })).toBe(
        createHash('sha256').update(bytes).update(salt).digest('hex'),
      );
    }
  });

  it('hands over bytes as they come, and opens them when it is their turn', async () => {
    const { ask } = isolate(`
      if (request.bytes === undefined) return await tell('busy');
      return Buffer.from(request.bytes).toString() + request.more;
    `);
    const opened: string[] = [];
    const bytes = {
      size: 5,
      async *chunks() {
        opened.push('open');
        yield Buffer.from('he');
        yield Buffer.from('llo');
      },
    };
    const onTold = () => opened.push('busy');

    const answers = [
      ask({}, { signal: never, onTold }),
      ask({ bytes, more: '!' }, { signal: never }),
    ];

    expect(await Promise.all(answers)).toEqual([1, 'hello!']);
    expect(opened).toEqual(['busy', 'open']);
  });

  it.each([
    [6, 'storage_unavailable'],
    [4, 'corrupt'],
  ])('does not begin when %i bytes were told and five come', async (size, code) => {
    const bytes = {
      size,
      async *chunks() {
        yield Buffer.from('hello');
      },
    };

    await expect(isolate('return 1;').ask({ bytes }, { signal: never })).rejects.toMatchObject({
      code,
    });
  });

  it('fails with what the bytes fail with, and goes on', async () => {
    const { ask } = isolate('return 1;');
    const gone = new NonRetryableError('source_gone');
    const bytes = {
      size: 5,
      async *chunks() {
        yield Buffer.from('he');
        throw gone;
      },
    };

    await expect(ask({ bytes }, { signal: never })).rejects.toBe(gone);
    expect(await ask({}, { signal: never })).toBe(1);
  });

  it('lets go of what it reads when its process dies', async () => {
    let hasLetGo = false;
    const bytes = {
      size: 64 * MiB,
      async *chunks() {
        try {
          for (let at = 0; at < 64; at += 1) yield Buffer.alloc(MiB);
        } finally {
          hasLetGo = true;
        }
      },
    };

    await expect(isolate('syntax error').ask({ bytes }, { signal: never })).rejects.toMatchObject({
      code: 'internal',
    });
    await vi.waitFor(() => expect(hasLetGo).toBe(true));
  });

  it('may take less by what this process holds of a large request', async () => {
    const { ask } = isolate('return request.bytes.length;', 256 * MiB);
    const large = Buffer.alloc(120 * MiB);
    const chunks = async function* pieces() {
      for (let at = 0; at < large.length; at += MiB) yield large.subarray(at, at + MiB);
    };
    const wait = 'await new Promise((resolve) => setTimeout(resolve, 50));';
    const work = isolate(`${wait} return request.bytes.length;`, 256 * MiB);

    await expect(work.ask({ bytes: large }, { signal: never })).rejects.toMatchObject({
      code: 'over_budget',
    });
    expect(await ask({ bytes: { size: large.length, chunks } }, { signal: never })).toBe(
      large.length,
    );
  });

  it.runIf(process.platform === 'linux')(
    'takes little more memory for large bytes than they have',
    async () => {
      const bytes = Buffer.alloc(60 * MiB, 1);

      // What `getrusage` tells begins with what the parent had.
      const peak = await isolate(
        "return Number(/VmHWM:\\s+(\\d+)/.exec(require('node:fs').readFileSync('/proc/self/status', 'latin1'))[1]);",
      ).ask({ bytes }, { signal: never });

      expect(Number(peak) / 1024).toBeLessThan(60 + 70);
    },
  );

  it('counts no garbage against the cap, whenever the runtime would collect it', async () => {
    const { ask } = isolate(
      "for (let at = 0; at < 200; at += 1) { Buffer.alloc(1024 ** 2, 1); watchMemory(); } return 'done';",
      85 * MiB,
    );

    expect(await ask({}, { signal: never })).toBe('done');
  });
});
