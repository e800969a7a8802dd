/** S3 telling of its objects: at least once, in any order, alone or several in one body, and now and then not at all. */
import type { ObjectRecord } from '../../shared/adapters/memory/memory-bucket.ts';
import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import type { Broker } from './broker.ts';
import type { FaultPlan } from './faults.ts';
import type { Journal } from './journal.ts';
import type { Scheduler } from './scheduler.ts';

export interface Notifier {
  announce(record: ObjectRecord): void;
  onRecord: () => void;
}

export interface NotifierOptions {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly faults: FaultPlan;
  readonly journal: Journal;
  readonly broker: Broker;
  readonly uploadsOfKey: (key: string) => readonly string[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const createNotifier = (options: NotifierOptions): Notifier => {
  const { scheduler, random, faults, journal, broker, uploadsOfKey } = options;
  let waiting: readonly ObjectRecord[] = [];

  const deliver = (record: ObjectRecord): void => {
    if (faults.happens('joined-events') && waiting.length < 5) {
      waiting = [...waiting, record];
      scheduler.after(10 * MINUTE, flush);
      return;
    }
    const records = [...waiting, record];
    waiting = [];
    broker.send('upload-events', JSON.stringify({ Records: records }));
  };
  const flush = (): void => {
    if (waiting.length === 0) return;
    broker.send('upload-events', JSON.stringify({ Records: waiting }));
    waiting = [];
  };

  const notifier: Notifier = {
    onRecord: () => undefined,
    announce(record) {
      const { key, versionId } = record.s3.object;
      const note = (what: string): void =>
        journal.write({
          at: scheduler.now(),
          actor: 's3',
          what: `${record.eventName} ${key} ${versionId}${what}`,
          uploads: uploadsOfKey(decodeURIComponent(key)),
        });
      scheduler.after(0, notifier.onRecord);
      if (faults.happens('lost-event')) return note(', event lost');
      const copies = faults.happens('duplicate-event') ? 2 + random.below(2) : 1;
      note(copies > 1 ? `, announced ${copies} times` : '');
      for (let copy = 0; copy < copies; copy += 1) {
        const delay = faults.happens('delay-event')
          ? random.below(40 * MINUTE)
          : random.below(2 * SECOND);
        scheduler.after(delay, () => deliver(record));
      }
    },
  };
  return notifier;
};
