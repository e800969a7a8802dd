/** Delivers bucket events to queues: out of the request's way, and again until the queue has taken them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { invalidArgument } from './errors.ts';
import { type QueueConfiguration, readNotificationConfig, wants } from './notification-config.ts';
import {
  eventRecord,
  type ObjectEvent,
  type S3NotificationEvent,
  testEvent,
} from './notification-record.ts';
import type { RequestIds } from './request.ts';
import type { ObjectStore } from './store/object-store.ts';

/** Puts one event on the queue; resolves once the queue has it, rejects to be asked again. */
export type Notify = (
  target: { readonly queueArn: string },
  event: S3NotificationEvent,
) => Promise<void>;

export interface Notifications {
  /** Never throws and never waits for a queue. */
  publish(event: Omit<ObjectEvent, 'versioned' | 'at'>): void;
  /** Sends `s3:TestEvent` to each queue. Throws InvalidArgument when one does not take it, as AWS does. */
  validate(bucket: string, queues: readonly QueueConfiguration[], ids: RequestIds): Promise<void>;
  /** Waits a moment for what is under way, then stops retrying. Resolves to how many were not delivered. */
  close(): Promise<number>;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const CONCURRENCY = 16;
/** How long `close` waits for queues that are slow or gone. */
const DRAIN_MS = 2_000;

interface Delivery {
  readonly queueArn: string;
  readonly event: S3NotificationEvent;
  failures: number;
}

/** Runs deliveries a few at a time; a failed one waits its turn outside the line. */
const createDeliveryLine = (notify: Notify) => {
  const stop = new AbortController();
  const waiting: Delivery[] = [];
  const running = new Set<Promise<void>>();
  let undelivered = 0;

  const deliver = async (delivery: Delivery): Promise<void> => {
    try {
      await notify({ queueArn: delivery.queueArn }, delivery.event);
    } catch {
      delivery.failures += 1;
      retryLater(delivery);
    }
  };

  const retryLater = (delivery: Delivery): void => {
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (delivery.failures - 1));
    // The abort of `close` rejects the sleep, which is how a retry ends undelivered.
    sleep(delay, undefined, { signal: stop.signal, ref: false }).then(
      () => add(delivery),
      () => {
        undelivered += 1;
      },
    );
  };

  const startMore = (): void => {
    while (running.size < CONCURRENCY) {
      const delivery = waiting.shift();
      if (delivery === undefined) return;
      const run = deliver(delivery).finally(() => {
        running.delete(run);
        startMore();
      });
      running.add(run);
    }
  };

  const add = (delivery: Delivery): void => {
    waiting.push(delivery);
    startMore();
  };

  return {
    add,
    close: async (): Promise<number> => {
      const drained = async (): Promise<void> => {
        while (running.size > 0) await Promise.all(running);
      };
      await Promise.race([drained(), sleep(DRAIN_MS, undefined, { ref: false })]);
      stop.abort();
      await sleep(0);
      return undelivered + waiting.length + running.size;
    },
  };
};

export interface NotificationsOptions {
  readonly store: ObjectStore;
  readonly notify: Notify;
  readonly region: string;
  readonly now: () => number;
}

export const createNotifications = ({
  store,
  notify,
  region,
  now,
}: NotificationsOptions): Notifications => {
  const line = createDeliveryLine(notify);
  return {
    publish: (change) => {
      const { documents, versioning } = store.bucket(change.bucket);
      if (documents.notification === undefined) return;
      const event = { ...change, versioned: versioning !== 'Off', at: now() };
      for (const queue of readNotificationConfig(documents.notification)) {
        if (!wants(queue, change.eventName, change.version.key)) continue;
        const records = { Records: [eventRecord(event, queue.id, region)] };
        line.add({ queueArn: queue.queueArn, event: records, failures: 0 });
      }
    },
    validate: async (bucket, queues, ids) => {
      for (const queueArn of new Set(queues.map((queue) => queue.queueArn))) {
        try {
          await notify({ queueArn }, testEvent(bucket, ids, now()));
        } catch (error) {
          throw invalidArgument('Unable to validate the following destination configurations', {
            ArgumentName1: queueArn,
            ArgumentValue1: String(error),
          });
        }
      }
    },
    close: () => line.close(),
  };
};
