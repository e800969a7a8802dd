/** Turns windows of a sniffed text into characters. */
import { TextDecoder } from 'node:util';
import type { ProcessorInput } from '../processor.ts';
import { createSniffedEncoding, type SniffedEncoding } from './sniffed-encoding.ts';
import { windowsOf } from './windows.ts';

export interface SniffedText {
  readonly sniffed: SniffedEncoding;
  /** Pieces of the text in order, without the byte-order mark; U+FFFD for bytes that the encoding does not know. */
  pieces(): AsyncGenerator<string>;
}

/** The text of the whole object, in whatever encoding it is; can be read once. */
export const sniffedText = (input: Pick<ProcessorInput, 'open' | 'signal'>): SniffedText => {
  const sniffed = createSniffedEncoding();
  return {
    sniffed,
    async *pieces() {
      let decoder: TextDecoder | undefined;
      for await (const window of windowsOf(input)) {
        const { label, bomBytes } = sniffed.see(window);
        const from = decoder === undefined ? bomBytes : 0;
        if (decoder?.encoding !== label) decoder = new TextDecoder(label, { ignoreBOM: true });
        yield decoder.decode(window.subarray(from), { stream: true });
      }
      if (decoder !== undefined) yield decoder.decode();
    },
  };
};
