/** The shape of a fixture of a processor; `test/fixtures/processors/<name>.ts` exports `fixtures`. */
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { UploadOptions } from '../../shared/domain/upload-options.ts';
import type { ByteRange } from '../../shared/processors/processor.ts';

export interface ProcessorFixture {
  readonly name: string;
  /** What detection says of the bytes. */
  readonly type: string;
  readonly bytes: Buffer;
  /** May follow `bytes` any number of times and still be a file of the type; lets a suite make large ones. */
  readonly more?: Buffer;
  /** A large file of the type, for a processor that reads where it likes and not from end to end. */
  readonly large?: { readonly size: number; readonly open: (range?: ByteRange) => Readable };
  /** With which its upload was announced. */
  readonly options?: UploadOptions;
}

export type Fixtures = () => Promise<readonly ProcessorFixture[]>;

const folder = new URL('../fixtures/processors/', import.meta.url);

/** @throws when the processor has no fixture file. */
export const fixturesOf = async (processor: string): Promise<readonly ProcessorFixture[]> => {
  const file = pathToFileURL(new URL(`${processor}.ts`, folder).pathname).href;
  const { fixtures } = (await import(/* @vite-ignore */ file)) as { readonly fixtures: Fixtures };
  return fixtures();
};
