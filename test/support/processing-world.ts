/** A memory world with one upload that is being processed, and the lane message that its worker gets. */
import type { LaneMessage } from '../../shared/contracts/messages.ts';
import type { ProcessingUpload } from '../../shared/domain/upload.ts';
import { createMemoryWorld, type WorldOptions } from './memory-world.ts';

/** Announces, sends and ingests one file; the queues are as ingest left them but for its own event. */
export const createProcessingWorld = async (
  options: WorldOptions & { readonly content?: string } = {},
) => {
  const world = createMemoryWorld(options);
  const { id, submit } = await world.announce(options.content);
  submit();
  const key = `incoming/acme/${id}`;
  const { bucket, versionId, eTag, sequencer } = world.objects.versions(key).at(-1)!;
  await world.ingestObject({ bucket, key, versionId, eTag, sequencer }, world.meta());
  for (const { receiptHandle } of world.queue.receive('upload-events')) {
    world.queue.remove('upload-events', receiptHandle);
  }
  const message = (lane: 'light' | 'heavy' = 'light'): LaneMessage =>
    JSON.parse(world.memory.queue.messages(lane)[0]!.body);
  return {
    ...world,
    id,
    key,
    versionId,
    message,
    upload: async (): Promise<ProcessingUpload> => {
      const upload = await world.memory.store.find(id);
      if (upload?.state !== 'processing') throw new Error(`It is ${upload?.state}.`);
      return upload;
    },
  };
};
