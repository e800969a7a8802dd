/** The scanner over clamd's protocol: with the daemon itself where it is installed, and with one that misbehaves. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClamdScanner } from '../../shared/adapters/clamd/clamd-scanner.ts';
import { createMemoryMalwareScanner } from '../../shared/adapters/memory/memory-malware-scanner.ts';
import { RetryableError } from '../../shared/domain/errors.ts';
import { describeMalwareScanner } from '../conformance/malware-scanner.ts';
import { type Clamd, findClamd, startClamd } from '../support/clamd.ts';
import { EICAR, eicarScanner } from '../support/eicar.ts';
import { isAbsent } from '../support/installed.ts';

const MiB = 1024 ** 2;
const never = new AbortController().signal;

const filler = async function* (bytes: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(64 * 1024, 1);
  for (let sent = 0; sent < bytes; sent += chunk.length) {
    yield chunk.subarray(0, Math.min(chunk.length, bytes - sent));
  }
};

describeMalwareScanner('memory', eicarScanner);

describe('a memory scanner without signatures', () => {
  it('finds everything clean', async () => {
    expect(await createMemoryMalwareScanner().scan(filler(9), never)).toEqual({ verdict: 'clean' });
  });
});

/** Skipped, and said so by the runner, where no clamd is installed. */
describe.skipIf(isAbsent(findClamd(), 'clamd'))('clamd (Debian: clamav-daemon)', () => {
  let clamd: Clamd | undefined;
  beforeAll(async () => {
    clamd = await startClamd();
  }, 90_000);
  afterAll(() => clamd?.stop());
  const scanner = () => createClamdScanner(clamd?.url ?? '');

  describeMalwareScanner('clamd', scanner);

  it('D19: finds EICAR inside a zip', async () => {
    const { zipOf } = await import('../support/archives.ts');
    const zip = zipOf([{ name: 'inside.txt', body: EICAR.toString('latin1') }]);

    expect(
      await scanner().scan(
        (async function* () {
          yield zip;
        })(),
        never,
      ),
    ).toMatchObject({ verdict: 'infected' });
  });

  it('says over_budget beyond its StreamMaxLength, however much more there is', async () => {
    const failed = async (bytes: number, attempts: number): Promise<unknown> => {
      const failure = await scanner()
        .scan(filler(bytes), never)
        .catch((error: unknown) => error);
      // It hangs up behind its answer, which is rarely lost with the connection: that is what attempts are for.
      const isLost = failure instanceof RetryableError && attempts > 1;
      return isLost ? failed(bytes, attempts - 1) : failure;
    };

    for (const extra of [1, MiB, 60 * MiB]) {
      expect(await failed(4 * MiB + extra, 5)).toMatchObject({ code: 'over_budget' });
    }
    expect(await scanner().scan(filler(4 * MiB), never)).toEqual({ verdict: 'clean' });
  });
});

type Script = (socket: Socket, received: () => Buffer) => void;

describe('a daemon that misbehaves', () => {
  const open: (() => void)[] = [];
  const connections = new Set<Socket>();
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  /** Short waits: what is tested is that they end. */
  const PATIENCE = { connectMs: 1_000, takeMs: 300, replyMs: 300 };

  const scripted = async (script: Script, patience = PATIENCE) => {
    const server = createServer((socket) => {
      let received = Buffer.alloc(0);
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        received = Buffer.concat([received, bytes]);
      });
      script(socket, () => received);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(() => {
      for (const socket of connections) socket.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    return createClamdScanner(`tcp://127.0.0.1:${port}`, patience);
  };

  /** Answers once the last, empty chunk is here. */
  const atTheEnd =
    (reply: string | Buffer): Script =>
    (socket, received) => {
      socket.on('data', () => {
        if (received().subarray(-4).equals(Buffer.alloc(4))) socket.end(reply);
      });
    };

  it('is sent the command, each chunk behind its length, and an empty one', async () => {
    let seen: Buffer = Buffer.alloc(0);
    const { scan } = await scripted((socket, received) => {
      socket.on('data', () => {
        seen = received();
        if (seen.subarray(-4).equals(Buffer.alloc(4))) socket.end('stream: OK\0');
      });
    });
    const chunks = async function* () {
      yield Buffer.from('ab');
      yield Buffer.alloc(300 * 1024, 'c');
    };

    expect(await scan(chunks(), never)).toEqual({ verdict: 'clean' });

    expect(seen.subarray(0, 10).toString()).toBe('zINSTREAM\0');
    const sizes: number[] = [];
    for (let at = 10; at < seen.length; at += 4 + (sizes.at(-1) ?? 0)) {
      sizes.push(seen.readUInt32BE(at));
    }
    expect(sizes).toEqual([2, 256 * 1024, 44 * 1024, 0]);
  });

  it('is understood when its answer comes in pieces', async () => {
    const { scan } = await scripted((socket, received) => {
      socket.on('data', () => {
        if (!received().subarray(-4).equals(Buffer.alloc(4))) return;
        socket.write('stream: Some.Virus');
        setTimeout(() => socket.end(' FOUND\0'), 20);
      });
    });

    expect(await scan(filler(5), never)).toEqual({ verdict: 'infected', signature: 'Some.Virus' });
  });

  it.each([
    ['an answer to something else', atTheEnd('PONG\0')],
    ['an error', atTheEnd('Error processing command. ERROR\0')],
    ['garbage', atTheEnd(Buffer.from([1, 2, 3, 255, 0]))],
    ['no end of its answer', atTheEnd('x'.repeat(10_000))],
    ['half an answer', atTheEnd('stream: O')],
    ['no answer', atTheEnd('')],
    ['silence', () => undefined],
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
    [
      'a reset in mid-stream',
      (socket: Socket) => socket.once('data', () => socket.resetAndDestroy()),
    ],
    ['a closed door', (socket: Socket) => socket.end()],
  ] satisfies readonly (readonly [string, Script])[])(
    'is tried again when it gives %s',
    async (_, script) => {
      const { scan } = await scripted(script);

      const failure = await scan(filler(3 * MiB), never).catch((error: unknown) => error);

      expect(failure).toBeInstanceOf(RetryableError);
      expect(failure).toMatchObject({ code: 'scanner_unavailable' });
    },
  );

  it('is tried again when it takes nothing more, and nothing piles up', async () => {
    const { scan } = await scripted((socket) => socket.pause());
    let pulled = 0;
    const counted = async function* () {
      for await (const chunk of filler(64 * MiB)) {
        pulled += chunk.length;
        yield chunk;
      }
    };

    await expect(scan(counted(), never)).rejects.toMatchObject({ code: 'scanner_unavailable' });
    expect(pulled).toBeLessThan(16 * MiB);
  });

  it('is tried again where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');

    for (const url of [`tcp://127.0.0.1:${port}`, 'unix:/nowhere/clamd.sock']) {
      await expect(createClamdScanner(url, PATIENCE).scan(filler(5), never)).rejects.toMatchObject({
        code: 'scanner_unavailable',
      });
    }
  });

  it('says over_budget when it wants no more, and reads no further', async () => {
    let pulled = 0;
    const counted = async function* () {
      for await (const chunk of filler(256 * MiB)) {
        pulled += chunk.length;
        yield chunk;
      }
    };
    const { scan } = await scripted((socket) =>
      socket.once('data', () => socket.write('INSTREAM size limit exceeded. ERROR\0')),
    );

    await expect(scan(counted(), never)).rejects.toMatchObject({ code: 'over_budget' });
    expect(pulled).toBeLessThan(64 * MiB);
  });

  it('may name what it finds as it likes', async () => {
    const { scan } = await scripted(atTheEnd(`stream: \u001b[31m${'a'.repeat(900)} FOUND\0`));

    const found = await scan(filler(5), never);

    expect(found).toEqual({
      verdict: 'infected',
      signature: ` [31m${'a'.repeat(195)}`,
    });
  });

  it('is let go at the abort, while it takes, and while it scans', async () => {
    const patient = { connectMs: 60_000, takeMs: 60_000, replyMs: 60_000 };
    for (const bytes of [5, 64 * MiB]) {
      const { scan } = await scripted((socket) => bytes > 5 && socket.pause(), patient);
      const controller = new AbortController();
      const reason = new Error('enough');
      setTimeout(() => controller.abort(reason), 50);

      await expect(scan(filler(bytes), controller.signal)).rejects.toBe(reason);
    }
  });
});
