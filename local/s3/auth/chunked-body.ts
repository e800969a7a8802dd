/** Unwraps an aws-chunked body: chunk framing, chunk signatures and the trailer. */
import { createHash } from 'node:crypto';
import { invalidRequest, S3Error } from '../errors.ts';
import type { ChunkSigning } from './authenticate.ts';
import { hmac, sameSignature, sha256Hex } from './canonical.ts';

export interface ChunkedBody {
  readonly chunks: AsyncIterable<Buffer>;
  /** Complete once `chunks` has ended. */
  readonly trailers: ReadonlyMap<string, string>;
}

const MAX_LINE_BYTES = 16 * 1024;
const EMPTY_SHA256 = sha256Hex('');

const incomplete = () =>
  new S3Error({
    code: 'IncompleteBody',
    status: 400,
    message: 'You did not provide the number of bytes specified by the Content-Length HTTP header',
  });

const badChunkSignature = () =>
  new S3Error({
    code: 'SignatureDoesNotMatch',
    status: 403,
    message: 'The signature of a chunk does not match the signature we calculated for it.',
  });

const createByteReader = (source: AsyncIterable<Buffer>) => {
  const iterator = source[Symbol.asyncIterator]();
  let pending: Buffer = Buffer.alloc(0);
  const pull = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done) return false;
    pending = pending.length === 0 ? next.value : Buffer.concat([pending, next.value]);
    return true;
  };
  return {
    /** The next line without its CRLF. */
    line: async (): Promise<string> => {
      let end = pending.indexOf('\r\n');
      while (end < 0) {
        if (pending.length > MAX_LINE_BYTES) throw invalidRequest('A chunk header is too long.');
        if (!(await pull())) throw incomplete();
        end = pending.indexOf('\r\n');
      }
      const line = pending.toString('latin1', 0, end);
      pending = pending.subarray(end + 2);
      return line;
    },
    /** Between 1 and `most` of the next bytes. */
    take: async (most: number): Promise<Buffer> => {
      while (pending.length === 0) if (!(await pull())) throw incomplete();
      const taken = pending.subarray(0, most);
      pending = pending.subarray(taken.length);
      return taken;
    },
  };
};

/** The chain of signatures: each one signs the chunk and the signature before it. */
const createSignatureChain = ({ key, timestamp, scope, seedSignature }: ChunkSigning) => {
  let previous = seedSignature;
  const assertNext = (signature: string | undefined, label: string, hashes: string[]): void => {
    const text = [label, timestamp, scope, previous, ...hashes].join('\n');
    const expected = hmac(key, text).toString('hex');
    if (signature === undefined || !sameSignature(expected, signature)) throw badChunkSignature();
    previous = expected;
  };
  return {
    chunk: (signature: string | undefined, chunkSha256: string): void =>
      assertNext(signature, 'AWS4-HMAC-SHA256-PAYLOAD', [EMPTY_SHA256, chunkSha256]),
    trailer: (signature: string | undefined, lines: string): void =>
      assertNext(signature, 'AWS4-HMAC-SHA256-TRAILER', [sha256Hex(lines)]),
  };
};

const readChunkHeader = (line: string): { size: number; signature: string | undefined } => {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
  if (match === null) throw invalidRequest('The chunk header is malformed.');
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] };
};

/** Decodes `source`. With `signing`, every chunk and the trailer must carry a valid signature. */
export const decodeChunked = (
  source: AsyncIterable<Buffer>,
  signing: ChunkSigning | undefined,
): ChunkedBody => {
  const trailers = new Map<string, string>();
  const reader = createByteReader(source);
  const chain = signing === undefined ? undefined : createSignatureChain(signing);

  const readTrailers = async (): Promise<void> => {
    let lines = '';
    for (let line = await reader.line(); line !== ''; line = await reader.line()) {
      const [name = '', ...value] = line.split(':');
      trailers.set(name.trim().toLowerCase(), value.join(':').trim());
      if (!/^x-amz-trailer-signature:/i.test(line))
        lines += `${name.trim().toLowerCase()}:${value.join(':').trim()}\n`;
    }
    if (lines !== '') chain?.trailer(trailers.get('x-amz-trailer-signature'), lines);
  };

  const decode = async function* (): AsyncGenerator<Buffer> {
    for (;;) {
      const { size, signature } = readChunkHeader(await reader.line());
      const hash = chain === undefined ? undefined : createHash('sha256');
      for (let left = size; left > 0; ) {
        const bytes = await reader.take(left);
        left -= bytes.length;
        hash?.update(bytes);
        yield bytes;
      }
      if (hash !== undefined) chain?.chunk(signature, hash.digest('hex'));
      if (size === 0) break;
      if ((await reader.line()) !== '') throw invalidRequest('A chunk is longer than it says.');
    }
    await readTrailers();
  };
  return { chunks: decode(), trailers };
};
