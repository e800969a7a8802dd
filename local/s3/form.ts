/** Reads a browser form of POST Object: the fields first, then the one file, streamed. */
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { ClientGoneError, invalidArgument, S3Error } from './errors.ts';
import type { S3Request } from './request.ts';

/** The AWS limit for everything in the form that is not the file. */
const MAX_FIELD_BYTES = 20 * 1024;

export interface FormFile {
  /** Lower-case names; only fields before the file count. */
  readonly fields: ReadonlyMap<string, string>;
  readonly fileName: string;
  readonly chunks: AsyncIterable<Buffer>;
}

const malformed = (message: string) =>
  new S3Error({ code: 'MalformedPOSTRequest', status: 400, message });

const oneFileOnly = () => invalidArgument('POST requires exactly one file upload per request.');

const createParser = ({ incoming }: S3Request) => {
  try {
    return busboy({ headers: incoming.headers, defParamCharset: 'utf8' });
  } catch (error) {
    throw malformed(
      `The body of your POST request is not well-formed multipart/form-data. ${String(error)}`,
    );
  }
};

/** Collects fields until the file begins, within the limit. */
const createFieldCollector = () => {
  const fields = new Map<string, string>();
  let bytes = 0;
  return {
    fields,
    /** Returns why the field cannot be taken, if it cannot. */
    add: (name: string, value: string): S3Error | undefined => {
      bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
      if (bytes > MAX_FIELD_BYTES) {
        return new S3Error({
          code: 'MaxPostPreDataLengthExceeded',
          status: 400,
          message: 'Your POST request fields preceding the upload file were too large.',
        });
      }
      const field = name.toLowerCase();
      if (fields.has(field)) return invalidArgument(`The field ${name} appears more than once.`);
      fields.set(field, value);
      return undefined;
    },
  };
};

/** Without destroying the stream on the way out, or the rest of the form would never be read. */
const fileChunks = async function* (file: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of file.iterator({ destroyOnReturn: false })) yield chunk;
};

/**
 * Gives the file to `receive` while it arrives and resolves with its result once the form has ended,
 * so that a form cut short has no effect. Rejects with what `receive` threw, after the rest was read.
 */
export const receiveForm = async <Result>(
  request: S3Request,
  receive: (file: FormFile) => Promise<Result>,
): Promise<Result> => {
  const { incoming } = request;
  const parser = createParser(request);
  const collector = createFieldCollector();
  let refused: S3Error | undefined;
  let received: Promise<Result> | undefined;

  parser.on('field', (name, value) => {
    if (received === undefined) refused ??= collector.add(name, value);
  });
  parser.on('file', (name, file, { filename }) => {
    // A broken form rejects below; the stream's own error would otherwise end the process.
    file.on('error', () => undefined);
    if (name.toLowerCase() !== 'file' || received !== undefined) refused ??= oneFileOnly();
    if (refused !== undefined) {
      file.resume();
      return;
    }
    const { fields } = collector;
    received = receive({ fields, fileName: filename ?? '', chunks: fileChunks(file) });
    received.catch(() => file.resume());
  });

  try {
    await new Promise<void>((resolve, reject) => {
      parser.on('close', resolve);
      parser.on('error', (error) => reject(malformed(String(error))));
      incoming.on('close', () => {
        if (!incoming.complete) parser.destroy(new ClientGoneError(undefined));
      });
      incoming.on('error', (error) => reject(new ClientGoneError(error)));
      incoming.pipe(parser);
    });
  } catch (error) {
    await received?.catch(() => undefined);
    throw incoming.complete ? error : new ClientGoneError(error);
  }
  if (refused !== undefined) {
    await received?.catch(() => undefined);
    throw refused;
  }
  if (received === undefined) throw oneFileOnly();
  return await received;
};
