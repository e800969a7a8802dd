/** Ingests every object that one event body tells of. */
import { NonRetryableError } from '../domain/errors.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import type { IngestObject } from '../usecases/ingest-object.ts';
import type { RecordMeta } from '../usecases/record-meta.ts';
import { type EventEntry, eventEntries } from './upload-events.ts';

export interface IngestBodyDeps {
  readonly ingestObject: IngestObject;
  readonly queue: WorkQueue;
}

export type IngestBody = (body: unknown, meta: RecordMeta) => Promise<void>;

/**
 * Resolves when everything the body tells of is durable. Of a body with several records only those that failed come
 * back: each is sent again as a message of its own.
 * @throws what the only entry failed with, or when all of them failed what one did, if possible one that may pass.
 */
export const createIngestBody = ({ ingestObject, queue }: IngestBodyDeps): IngestBody => {
  const ingestEntry = async (entry: EventEntry, meta: RecordMeta): Promise<void> => {
    if (entry.kind === 'invalid') throw entry.error;
    if (entry.kind === 'object') await ingestObject(entry.notice, meta);
    else meta.logger.info({ reason: entry.reason }, 'event ignored');
  };

  return async (body, meta) => {
    const entries = eventEntries(body);
    const [only] = entries;
    if (only === undefined) {
      meta.logger.info({ reason: 'no records' }, 'event ignored');
      return;
    }
    if (entries.length === 1) return ingestEntry(only, meta);

    const failed: object[] = [];
    const errors: unknown[] = [];
    await Promise.all(
      entries.map(async (entry) => {
        try {
          await ingestEntry(entry, meta);
        } catch (error) {
          if (entry.kind === 'ignored') throw error;
          meta.logger.warn({ err: error }, 'one record of several failed');
          failed.push(entry.alone);
          errors.push(error);
        }
      }),
    );
    // Nothing was done that could not be done again: the body itself comes back, or ends as what it is.
    if (failed.length === entries.length) {
      throw errors.find((error) => !(error instanceof NonRetryableError)) ?? errors[0];
    }
    if (failed.length > 0) await queue.send('upload-events', failed);
  };
};
