/** Reads a corpus of real files beside the checkout, in place; an absent one has no files. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface CorpusFile {
  readonly path: string;
  readonly original_name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly kind: string;
  readonly expect: {
    readonly class: string;
    readonly mime_accept?: readonly string[];
    readonly sniffable_by_magic?: boolean;
    readonly [expectation: string]: unknown;
  };
}

const folder = new URL('../../../shared/corpus/', import.meta.url);

export const corpusFiles = (): readonly CorpusFile[] => {
  const manifest = fileURLToPath(new URL('manifest.json', folder));
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as CorpusFile[]) : [];
};

export const readCorpusFile = ({ path }: CorpusFile): Buffer =>
  readFileSync(new URL(path.split('/').map(encodeURIComponent).join('/'), folder));
