/** What happens to a step when the process that works for it crashes, swells, hangs or is not there. */
import { describe, expect, it, vi } from 'vitest';
import { NonRetryableError, RetryableError } from '../../../shared/domain/errors.ts';
import { createIsolate, WorkError } from '../../../shared/processors/isolation/isolate.ts';

const MiB = 1024 ** 2;
const isolate = (work: string, memoryBytes = 256 * MiB) =>
  createIsolate<unknown, unknown, unknown>({ work, memoryBytes });
const never = new AbortController().signal;

const WORK = `
  const { what, value } = request;
  if (what === 'crash') process.abort();
  if (what === 'throw') throw new TypeError(value);
  if (what === 'exit') process.exit(3);
  if (what === 'spin') for (;;);
  if (what === 'swell') {
    const held = [];
    for (;;) {
      held.push(Buffer.alloc(8 * 1024 ** 2, 1));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  if (what === 'heap') {
    const held = [];
    for (;;) held.push({ value: String(held.length) });
  }
  if (what === 'tell') for (const told of value) await tell(told);
  return what === 'pid' ? process.pid : what === 'env' ? Object.keys(process.env) : value;
`;

describe('an isolate', () => {
  it('answers what the work returns, from one process', async () => {
    const { ask } = isolate(WORK);
    const bytes = Buffer.from('hello');

    expect(await ask({ what: 'echo', value: { bytes } }, { signal: never })).toEqual({ bytes });
    const pid = await ask({ what: 'pid' }, { signal: never });
    expect(await ask({ what: 'pid' }, { signal: never })).toBe(pid);
    expect(pid).not.toBe(process.pid);
  });

  it('ends a process that nobody asks for two seconds', async () => {
    const pid = Number(await isolate(WORK).ask({ what: 'pid' }, { signal: never }));

    expect(process.kill(pid, 0)).toBe(true);
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 10_000);
  });

  it('passes on what the work throws, and goes on', async () => {
    const { ask } = isolate(WORK);

    const error = await ask({ what: 'throw', value: 'no' }, { signal: never }).catch((e) => e);

    expect(error).toBeInstanceOf(WorkError);
    expect(error).toMatchObject({ name: 'TypeError', message: 'no' });
    expect(await ask({ what: 'echo', value: 1 }, { signal: never })).toBe(1);
  });

  it('hands on what is told on the way, in order', async () => {
    const heard: unknown[] = [];

    await isolate(WORK).ask(
      { what: 'tell', value: [1, 2, 3] },
      { signal: never, onTold: (told) => heard.push(told) },
    );

    expect(heard).toEqual([1, 2, 3]);
  });

  it('answers what is told with what the listener returns', async () => {
    const { ask } = isolate('return [await tell(2), await tell(3)];');

    const doubled = await ask({}, { signal: never, onTold: async (told) => Number(told) * 2 });

    expect(doubled).toEqual([4, 6]);
  });

  it('gives up when nobody wants to hear more', async () => {
    const { ask } = isolate(WORK);
    const enough = new NonRetryableError('over_budget');
    const onTold = () => {
      throw enough;
    };

    await expect(ask({ what: 'tell', value: [1, 2] }, { signal: never, onTold })).rejects.toBe(
      enough,
    );
    expect(await ask({ what: 'echo', value: 1 }, { signal: never })).toBe(1);
  });

  it('holds none of the secrets of its parent', async () => {
    process.env.SLUICE_TEST_SECRET = 'secret';
    const names = await isolate(WORK).ask({ what: 'env' }, { signal: never });
    delete process.env.SLUICE_TEST_SECRET;

    expect(names).not.toContain('SLUICE_TEST_SECRET');
    expect(names).not.toContain('PATH');
  });

  it('D21: says corrupt when the decoder crashes, and works again', async () => {
    const { ask } = isolate(WORK);

    await expect(ask({ what: 'crash' }, { signal: never })).rejects.toMatchObject({
      code: 'corrupt',
    });
    expect(await ask({ what: 'echo', value: 1 }, { signal: never })).toBe(1);
  });

  it.each([
    ['beside the heap', 'swell'],
    ['on the heap', 'heap'],
  ])('says over_budget when it takes too much memory %s', async (_, what) => {
    const { ask } = isolate(WORK, 160 * MiB);

    await expect(ask({ what }, { signal: never })).rejects.toMatchObject({ code: 'over_budget' });
  });

  it('ends at once when it takes too much memory, though a thread of it is busy for minutes', async () => {
    const { ask } = isolate(
      `require('node:crypto').pbkdf2('password', 'salt', 2 ** 30, 64, 'sha512', () => {}); ${WORK}`,
      160 * MiB,
    );

    await expect(ask({ what: 'swell' }, { signal: never })).rejects.toMatchObject({
      code: 'over_budget',
    });
  });

  it('says over_budget when WebAssembly asks for more than the cap, though it blocks its thread', async () => {
    const { ask } = isolate(
      'const memory = new WebAssembly.Memory({ initial: 1 }); for (;;) memory.grow(256);',
      160 * MiB,
    );

    await expect(ask({}, { signal: never })).rejects.toMatchObject({ code: 'over_budget' });
  });

  it('says over_budget when the work takes longer than it may, without the wait for its turn', async () => {
    const { ask } = isolate(WORK);
    const spinning = ask({ what: 'spin' }, { signal: never, seconds: 1 });
    const waiting = ask({ what: 'echo', value: 1 }, { signal: never, seconds: 60 });

    await expect(spinning).rejects.toMatchObject({ code: 'over_budget' });
    expect(await waiting).toBe(1);
  });

  it('says over_budget when the work tells nothing for longer than it may', async () => {
    const { ask } = isolate(`
      for (let at = 0; at < 4; at += 1) {
        await new Promise((resolve) => setTimeout(resolve, 400));
        await tell(at);
      }
      if (request.spin) for (;;);
      return 'told';
    `);

    expect(await ask({ spin: false }, { signal: never, quietSeconds: 1.2 })).toBe('told');
    await expect(ask({ spin: true }, { signal: never, quietSeconds: 1.2 })).rejects.toMatchObject({
      code: 'over_budget',
    });
  });

  it('starts anew after work that left it large', async () => {
    const { ask } = isolate(
      'if (request.fill) globalThis.kept = Buffer.alloc(request.fill, 1); return process.pid;',
      256 * MiB,
    );
    const first = await ask({ fill: 0 }, { signal: never });
    expect(await ask({ fill: 160 * MiB }, { signal: never })).toBe(first);

    expect(await ask({ fill: 0 }, { signal: never })).not.toBe(first);
  });

  it('is tried again when it ends for another reason, or cannot run', async () => {
    await expect(isolate(WORK).ask({ what: 'exit' }, { signal: never })).rejects.toMatchObject({
      code: 'internal',
      retryable: true,
    });
    await expect(isolate('syntax error').ask({}, { signal: never })).rejects.toMatchObject({
      code: 'internal',
    });
  });

  it('is killed at the signal, even in an endless loop, and starts anew', async () => {
    const { ask } = isolate(WORK);
    const first = await ask({ what: 'pid' }, { signal: never });
    const controller = new AbortController();
    const reason = new RetryableError('deadline_exceeded');
    const spinning = ask({ what: 'spin' }, { signal: controller.signal });
    const waiting = ask({ what: 'pid' }, { signal: never });
    setTimeout(() => controller.abort(reason), 30);

    await expect(spinning).rejects.toBe(reason);
    expect(await waiting).not.toBe(first);
    expect(() => process.kill(first as number, 0)).toThrow();
  });

  it('makes room for another that starts, and comes back when it is called', async () => {
    const [one, other] = [isolate(WORK), isolate(WORK)];
    const first = await one.ask({ what: 'pid' }, { signal: never });
    await other.ask({ what: 'pid' }, { signal: never });

    expect(await one.ask({ what: 'echo', value: 1 }, { signal: never })).toBe(1);
    expect(await one.ask({ what: 'pid' }, { signal: never })).not.toBe(first);
  });

  it('lets a call leave the queue that is stopped before its turn', async () => {
    const { ask } = isolate(WORK);
    const busy = new AbortController();
    const spinning = ask({ what: 'spin' }, { signal: busy.signal });
    const reason = new RetryableError('deadline_exceeded');
    const controller = new AbortController();
    const waiting = ask({ what: 'echo' }, { signal: controller.signal });
    controller.abort(reason);

    await expect(waiting).rejects.toBe(reason);
    busy.abort(reason);
    await expect(spinning).rejects.toBe(reason);
  });
});
