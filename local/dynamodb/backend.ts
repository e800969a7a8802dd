/** dynalite, on a port of its own that only the front talks to. */
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';

export type Parameters = Readonly<Record<string, unknown>>;

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** A parsed answer; `error` is the bare name, without its namespace. */
export type Parsed = {
  readonly reply: Reply;
  readonly members: Parameters;
  readonly error: string | undefined;
};

export type Backend = {
  readonly forward: (action: string, body: Buffer | string) => Promise<Reply>;
  readonly call: (action: string, parameters: Parameters) => Promise<Parsed>;
  readonly close: () => Promise<void>;
};

/** dynalite looks at the form of these and at nothing else. */
const credentials = {
  authorization: 'AWS4-HMAC-SHA256 Credential=front, SignedHeaders=host, Signature=front',
  'x-amz-date': '20200101T000000Z',
};

/** Keeps its tables under `path`, or in memory. */
export const startBackend = async (path: string | undefined): Promise<Backend> => {
  const immediately = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const server = dynalite(path === undefined ? immediately : { ...immediately, path });
  // Never closes an idle connection, so that none can be reset under a request of the front.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });

  const forward = (action: string, body: Buffer | string) => post({ action, body, port, agent });

  return {
    forward,
    call: async (action, parameters) => parse(await forward(action, JSON.stringify(parameters))),
    close: async () => {
      agent.destroy();
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
    },
  };
};

/** Reads the members, and the error name, out of an answer. */
export const parse = (reply: Reply): Parsed => {
  const members = JSON.parse(reply.body.toString() || '{}') as Parameters;
  const error = reply.status === 200 ? undefined : String(members.__type).split('#')[1];
  return { reply, members, error };
};

type Post = {
  readonly action: string;
  readonly body: Buffer | string;
  readonly port: number;
  readonly agent: Agent;
};

const post = ({ action, body, port, agent }: Post) =>
  new Promise<Reply>((resolve, reject) => {
    const headers = {
      ...credentials,
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
      'x-amz-target': `DynamoDB_20120810.${action}`,
    };
    const options = { host: '127.0.0.1', port, agent, method: 'POST', headers };
    const outgoing = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const crc32 = response.headers['x-amz-crc32'];
        resolve({
          status: response.statusCode ?? 500,
          headers: typeof crc32 === 'string' ? { 'x-amz-crc32': crc32 } : {},
          body: Buffer.concat(chunks),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
