import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFile } from '../../../client/file-range.ts';
import { openLocalFile } from '../../../client/local-file.ts';
import { sha256Digest } from '../../../shared/processors/sha256-digest.ts';

const MOST_CHECKED = sha256Digest.budget.bytesIn ?? 0;

const write = async (content: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'local-file-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'film.mp4');
  await writeFile(path, content);
  return path;
};

it('a file of this machine comes with its name and the digest of its bytes', async () => {
  const { file, name, sha256 } = await openLocalFile(await write('hello'));

  expect([await file.text(), name]).toEqual(['hello', 'film.mp4']);
  expect(sha256).toBe(createHash('sha256').update('hello').digest('hex'));
});

it('a file that is larger than what the pipeline digests is not read for a digest', async () => {
  const path = await write('');
  // A hole: it takes no room.
  await truncate(path, MOST_CHECKED + 1);

  const { file, ...declaration } = await openLocalFile(path);

  expect(file.size).toBe(MOST_CHECKED + 1);
  expect(declaration).toEqual({ name: 'film.mp4' });
});

describe('a file of more bytes than Node counts in a Blob', () => {
  const SIZE = 2 ** 32 + 8;

  const opened = async (size = SIZE) => {
    const path = await write('');
    await truncate(path, size - 3);
    await appendFile(path, 'end');
    return { path, file: await openFile(path) };
  };

  it('has its size, and gives the bytes of every part of it', async () => {
    const { file } = await opened();

    expect(file.size).toBe(SIZE);
    expect(file).toBeInstanceOf(Blob);
    expect(await file.slice(SIZE - 3).text()).toBe('end');
    expect(await file.slice(SIZE - 6, SIZE + 9).text()).toBe('\0\0\0end');
    expect(
      await file
        .slice(SIZE - 6)
        .slice(2, 4)
        .text(),
    ).toBe('\0e');
    expect((await file.slice(2 ** 32 - 2, 2 ** 32 + 2).arrayBuffer()).byteLength).toBe(4);
    expect(await file.slice(-4, -1).text()).toBe('\0en');
    expect([file.slice(-2 * SIZE).size, file.slice(9, 3).size]).toEqual([SIZE, 0]);
    expect([file.slice(SIZE).size, await file.slice(SIZE).text()]).toEqual([0, '']);
  });

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 31 + 50, 2 ** 32 - 1, 2 ** 32])(
    'of %i bytes, too, is whole',
    async (size) => {
      const { file } = await opened(size);

      expect(file.size).toBe(size);
      expect(await file.slice(size - 4).text()).toBe('\0end');
      const across = await file.slice(2 ** 31 - 50, 2 ** 31 + 50).arrayBuffer();
      expect(across.byteLength).toBe(Math.min(100, size - 2 ** 31 + 50));
    },
  );

  it('is sent by fetch part by part, each with its length', async () => {
    const { file } = await opened();
    const server = createServer(async (request, response) => {
      const length = request.headers['content-length'];
      response.end(`${length}:${await text(request)}`);
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const body = file.slice(SIZE - 5);
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'PUT', body });

    expect(await answer.text()).toBe('5:\0\0end');
  });

  it('is not read any more once it was changed', async () => {
    const { path, file } = await opened();
    await utimes(path, 1, 1);

    await expect(file.slice(0, 1).arrayBuffer()).rejects.toThrow('The file was changed.');
  });
});
