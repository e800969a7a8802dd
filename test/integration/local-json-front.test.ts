/** What the front of the local SQS and DynamoDB knows about a client that leaves. */
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type JsonCall,
  type JsonFront,
  type JsonReply,
  startJsonFront,
} from '../../local/aws-json/json-front.ts';

const fronts: JsonFront[] = [];

afterEach(async () => {
  for (const front of fronts.splice(0)) await front.close();
});

const authorization = 'AWS4-HMAC-SHA256 Credential=key/20200101/r/s/aws4_request, Signature=x';
const headers = { authorization, 'x-amz-target': 'Local.Act' };

const setup = async (handle: (call: JsonCall) => Promise<JsonReply>) => {
  const front = await startJsonFront({
    port: 0,
    targetPrefix: 'Local',
    accessKeyId: 'key',
    maxBodyBytes: 1000,
    handle,
    refuse: (refusal, sentence) => ({ status: 400, body: `${refusal}: ${sentence}` }),
  });
  fronts.push(front);
  return front;
};

/** Sends a request and reads nothing. */
const callAndStall = (port: number) =>
  new Promise<Socket>((resolve) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${lines.join('')}Content-Length: 2\r\n\r\n{}`, () =>
      resolve(socket),
    );
  });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the front', () => {
  // More than the kernel keeps for two ends of a connection.
  const large = Buffer.alloc(64 * 1024 * 1024, 0x20);

  it('says so when a client leaves before the whole answer is out', async () => {
    let undelivered = 0;
    const { port } = await setup(async () => ({
      status: 200,
      body: large,
      undelivered: () => {
        undelivered += 1;
      },
    }));

    const client = await callAndStall(port);
    await pause(200);
    client.destroy();

    await expect.poll(() => undelivered, { timeout: 5000 }).toBe(1);
  });

  it('says nothing of the kind when the answer was read', async () => {
    let undelivered = 0;
    const { url } = await setup(async () => ({
      status: 200,
      body: large,
      undelivered: () => {
        undelivered += 1;
      },
    }));

    const response = await fetch(url, { method: 'POST', headers, body: '{}' });
    const { byteLength } = await response.arrayBuffer();
    await pause(20);

    expect(byteLength).toBe(large.length);
    expect(undelivered).toBe(0);
  });

  it.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'tells a waiting action that its client left by %s, and takes its answer back',
    async (leave) => {
      const seen: string[] = [];
      const { port } = await setup(
        ({ gone }) =>
          new Promise((resolve) => {
            seen.push('waiting');
            gone.addEventListener('abort', () => {
              seen.push('gone');
              resolve({ status: 200, body: '{}', undelivered: () => seen.push('undelivered') });
            });
          }),
      );

      const client = await callAndStall(port);
      await expect.poll(() => seen).toEqual(['waiting']);
      client[leave]();

      await expect.poll(() => seen, { timeout: 5000 }).toEqual(['waiting', 'gone', 'undelivered']);
      client.destroy();
    },
  );

  it('refuses what is too large and still answers', async () => {
    const { url } = await setup(async () => ({ status: 200, body: '{}' }));

    const response = await fetch(url, { method: 'POST', headers, body: 'x'.repeat(100_000) });

    expect(await response.text()).toMatch(/^body-too-large/);
  });

  it('answers a defect of an action with its words, and goes on', async () => {
    let defects = 1;
    const { url } = await setup(async () => {
      if (defects-- > 0) throw new TypeError('no such thing');
      return { status: 200, body: '{}' };
    });
    const call = async () => (await fetch(url, { method: 'POST', headers, body: '{}' })).text();

    expect(await call()).toMatch(/^broken: TypeError: no such thing/);
    expect(await call()).toBe('{}');
  });
});
