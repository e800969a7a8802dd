/** Passes requests of one local server on to another. */
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/** Headers of one connection, which a relay does not pass on, and the page's origin, which is not the API's business. */
const ownHeaders = ['host', 'connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'origin'];

/** Passes one request on, both ways as a stream: a waiting or streaming answer reaches the page as it comes. */
export const relay = async (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  url: string,
): Promise<void> => {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).filter(([name]) => !ownHeaders.includes(name)),
  );
  const upstream = request(url, { method: incoming.method, headers });
  // Who left does not wait for an answer.
  outgoing.once('close', () => upstream.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve);
    upstream.once('error', reject);
  });
  try {
    const [answer] = await Promise.all([answered, pipeline(incoming, upstream)]);
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    outgoing.flushHeaders();
    await pipeline(answer, outgoing);
  } catch {
    if (outgoing.headersSent) return void outgoing.destroy();
    outgoing.writeHead(502, { 'content-type': 'application/problem+json' });
    outgoing.end(
      JSON.stringify({ title: 'The API does not answer.', code: 'unavailable', status: 502 }),
    );
  }
};
