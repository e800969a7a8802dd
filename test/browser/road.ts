/**
 * The way of a visitor to the storage, which can be closed: a proxy of its own. Playwright could hold requests too, but
 * it carries the bytes of each over its pipe, in base64: of a story of 60 MB that was two thirds of the time.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

export interface Road {
  /** What the browser takes for its proxy. */
  readonly url: string;
  /** Numbers of the parts that got through, as they set out. */
  readonly through: readonly number[];
  /** How many parts are on their way and do not get through. */
  readonly held: () => number;
  /** From now on every part gets through, but those that are held never do. */
  readonly open: () => void;
  readonly close: () => Promise<void>;
}

const partOf = ({ method, url }: IncomingMessage): number | undefined =>
  method === 'PUT' ? Number(new URL(url ?? '').searchParams.get('partNumber')) : undefined;

const passOn = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const upstream = request(incoming.url ?? '', {
    method: incoming.method,
    headers: incoming.headers,
  });
  // A page that is reloaded, or a line that it lets go of, leaves the other end too.
  outgoing.once('close', () => upstream.destroy());
  try {
    const [[answer]] = await Promise.all([
      once(upstream, 'response') as Promise<[IncomingMessage]>,
      pipeline(incoming, upstream),
    ]);
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    outgoing.flushHeaders();
    await pipeline(answer, outgoing);
  } catch {
    outgoing.destroy();
  }
};

/** Lets so many parts through and keeps the others on their way. All that is no part passes. */
export const buildRoad = async (most: number): Promise<Road> => {
  const through: number[] = [];
  const held = new Set<ServerResponse>();
  let room = most;
  const server = createServer((incoming, outgoing) => {
    const part = partOf(incoming);
    if (part !== undefined && through.length >= room) {
      held.add(outgoing);
      outgoing.once('close', () => held.delete(outgoing));
      // Whoever does not read does not hear that the other end has left.
      incoming.resume();
      return;
    }
    if (part !== undefined) through.push(part);
    void passOn(incoming, outgoing);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    through,
    held: () => held.size,
    open: () => {
      room = Number.POSITIVE_INFINITY;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
