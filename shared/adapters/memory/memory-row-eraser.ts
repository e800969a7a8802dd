/** Takes everything out of the memory stores that is kept of an upload beside its own row. */
import type { RowEraser } from '../../ports/eraser.ts';
import type { MemoryDeadLetterStore } from './memory-dead-letter-store.ts';
import type { MemoryPartsRegister } from './memory-parts.ts';
import type { MemoryUploadStore } from './memory-upload-store.ts';

export interface MemoryRows {
  readonly store: MemoryUploadStore;
  readonly partsRegister: MemoryPartsRegister;
  readonly letters: MemoryDeadLetterStore;
}

export const createMemoryRowEraser = ({
  store,
  partsRegister,
  letters,
}: MemoryRows): RowEraser => ({
  async eraseRows(uploadId) {
    store.eraseGenerations(uploadId);
    partsRegister.forget(uploadId);
    letters.forgetOf(uploadId);
  },
});
