/** A memory world with an intake: objects come with the notice that their event would give. */
import { idOfObject } from '../../shared/adapters/object-id.ts';
import type { ObjectNotice } from '../../shared/usecases/ingest-object.ts';
import { UPLOADS_BUCKET } from './factories.ts';
import { createMemoryWorld, type WorldOptions } from './memory-world.ts';

export const DROPPED_KEY = 'incoming/acme/dropped.csv';
export const DROPPED_ID = idOfObject(UPLOADS_BUCKET, DROPPED_KEY);

export const createIngestWorld = (options: WorldOptions = {}) => {
  const world = createMemoryWorld(options);
  /** The notice of the newest version of a key, as its event would give it. */
  const noticeOf = (key: string): ObjectNotice => {
    const { bucket, versionId, eTag, sequencer } = world.objects.versions(key).at(-1)!;
    return { bucket, key, versionId, eTag, sequencer, eventTime: world.clock.now() };
  };
  const drop = (content: string, key = DROPPED_KEY): ObjectNotice => {
    world.put(key, content);
    return noticeOf(key);
  };
  const ingest = (notice: ObjectNotice) => world.ingestObject(notice, world.meta());
  const announceAndSubmit = async (content?: string) => {
    const upload = await world.announce(content);
    upload.submit();
    return { id: upload.id, notice: noticeOf(`incoming/acme/${upload.id}`) };
  };
  return { ...world, drop, ingest, announceAndSubmit, noticeOf };
};
