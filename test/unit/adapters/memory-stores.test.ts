/** The memory twins keep the promises of their ports. */
import { createMemoryUploadStore } from '../../../shared/adapters/memory/memory-upload-store.ts';
import { describeUploadStore } from '../../conformance/upload-store.ts';

describeUploadStore('memory', async () => ({
  store: createMemoryUploadStore(),
  close: async () => undefined,
}));
