/** A whole world from one seed: stores, platform, people and faults, run until nothing is left to happen. */

import type { ObjectRecord } from '../../shared/adapters/memory/memory-bucket.ts';
import { createMemoryContentIndex } from '../../shared/adapters/memory/memory-content-index.ts';
import { createMemoryCursorStore } from '../../shared/adapters/memory/memory-cursor-store.ts';
import { createMemoryDeadLetterStore } from '../../shared/adapters/memory/memory-dead-letter-store.ts';
import { createMemoryGroupBoard } from '../../shared/adapters/memory/memory-group-board.ts';
import { createMemoryGroupStore } from '../../shared/adapters/memory/memory-group-store.ts';
import { createMemoryObjectStore } from '../../shared/adapters/memory/memory-object-store.ts';
import {
  createMemoryPartStore,
  createMemoryPartsRegister,
} from '../../shared/adapters/memory/memory-parts.ts';
import { createMemoryStatusBoard } from '../../shared/adapters/memory/memory-status-board.ts';
import { createMemoryUploadStore } from '../../shared/adapters/memory/memory-upload-store.ts';
import {
  createMemoryDeliveryStore,
  createMemoryWebhookStore,
} from '../../shared/adapters/memory/memory-webhooks.ts';
import {
  createSeededRandom,
  type SeededRandom,
} from '../../shared/adapters/memory/seeded-random.ts';
import type { DeclaredFile } from '../../shared/domain/upload.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { GroupStore } from '../../shared/ports/group-store.ts';
import type { StatusBoard } from '../../shared/ports/status-board.ts';
import type { StatusDesk } from '../../shared/ports/status-desk.ts';
import type { UploadStore } from '../../shared/ports/upload-store.ts';
import type { DeliveryStore, WebhookStore } from '../../shared/ports/webhook-store.ts';
import { createBroker } from './broker.ts';
import { type Call, createFaultPlan, type FaultPlan, type Profile } from './faults.ts';
import { consumerOf, depsOf, handleBatch, type OnLog, TIMEOUT_SECONDS } from './functions.ts';
import { hear } from './hearing.ts';
import { createJournal, type Journal } from './journal.ts';
import { createLambda, type Lambda } from './lambda.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createNotifier } from './notifier.ts';
import { createReceivers } from './receivers.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import {
  createUploadsOfKey,
  type Eraser,
  type Stores,
  type Truth,
  UPLOADS_BUCKET,
  watchedBoard,
  watchedDeliveries,
  watchedEraser,
  watchedGroups,
  watchedObjects,
  watchedStore,
  watchedWebhooks,
} from './stores.ts';

/** A defect put in on purpose, to see that the ledger notices. */
export interface Mutant {
  readonly name: string;
  readonly store?: (store: UploadStore, truth: Truth) => UploadStore;
  readonly eraser?: (eraser: Eraser) => Eraser;
  readonly board?: (board: StatusBoard & StatusDesk) => StatusBoard & StatusDesk;
  readonly groups?: (groups: GroupStore) => GroupStore;
  readonly webhooks?: (webhooks: WebhookStore) => WebhookStore;
  readonly deliveries?: (deliveries: DeliveryStore) => DeliveryStore;
  readonly acksFirst?: boolean;
  readonly noSweep?: boolean;
  readonly noBury?: boolean;
}

export interface World {
  readonly random: SeededRandom;
  readonly scheduler: Scheduler;
  readonly faults: FaultPlan;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly stores: Stores;
  readonly truth: Truth;
  readonly lambda: Lambda;
  readonly onLog: OnLog;
  readonly mutant: Mutant | undefined;
  /** What clients declared, by upload. */
  readonly declared: Map<string, DeclaredFile>;
  /** What the world was told, by group. */
  readonly toldGroups: Map<string, ReadonlySet<string>>;
  /** Webhooks that their tenant turns off, or takes away. */
  readonly meddledWebhooks: Set<string>;
  /** Called after every change of a row and every arrival. */
  onChange: () => void;
  /** Nothing is left to happen; whatever does now is the harness's own last look, which is judged and starts nothing. */
  isQuiet: boolean;
  /** Calls `watch` at the beginning of every effect of every invocation. */
  onEffect(watch: (call: Call) => void): void;
  note(actor: string, what: string, uploads: readonly string[]): void;
}

export interface WorldOptions {
  readonly seed: number;
  readonly profile: Profile;
  readonly faults?: FaultPlan;
  readonly mutant?: Mutant | undefined;
}

export const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LIMITS = { picks: 120_000, until: START + 60 * DAY };

const uploadsIn = (body: string, uploadsOfKey: Stores['uploadsOfKey']): readonly string[] => {
  const id = /"(?:uploadId|deliveryId)":"([^"]+)"/.exec(body)?.[1];
  if (id !== undefined) return [id];
  return [...body.matchAll(/"key":"([^"]+)"/g)].flatMap(([, key]) => uploadsOfKey(key ?? ''));
};

export const createWorld = ({ seed, profile, faults: given, mutant }: WorldOptions): World => {
  const random = createSeededRandom(seed);
  const watches: ((call: Call) => void)[] = [];
  const plan = given ?? createFaultPlan(profile, random);
  const faults: FaultPlan = {
    ...plan,
    atEffect(call) {
      for (const watch of watches) watch(call);
      return plan.atEffect(call);
    },
  };
  const journal = createJournal(START);
  const uploadsOfKey = createUploadsOfKey((uploadId) => ledger.tenantOf(uploadId));
  const ledger: Ledger = createLedger({
    now: () => scheduler.now(),
    note: (uploadId, what) =>
      journal.write({ at: scheduler.now(), actor: 'ledger', what, uploads: [uploadId] }),
  });
  const scheduler = createScheduler(START, random, {
    ...LIMITS,
    stopWhen: () => ledger.violations().length > 0,
  });
  const clock: Clock = { now: scheduler.now, sleep: async () => undefined };
  const broker = createBroker({ scheduler, random, faults });
  const notifier = createNotifier({ scheduler, random, faults, journal, broker, uploadsOfKey });
  /** Mostly a blink, now and then minutes. */
  const indexLag = {
    clock,
    ms: () =>
      faults.happens('lagging-index') ? random.below(random.chance(0.7) ? 5_000 : 10 * MINUTE) : 0,
  };
  const keys = new Set<string>();
  const declared = new Map<string, DeclaredFile>();
  const arrive = ({ s3: { object } }: ObjectRecord): void => {
    const key = decodeURIComponent(object.key);
    keys.add(key);
    const version = truth.bucket.versions(key).at(-1);
    const [uploadId = ''] = uploadsOfKey(key);
    if (version === undefined) return;
    const { bytes, ...found } = version;
    if (bytes === undefined) {
      // A delete marker hides all that came before it from whoever asks for the latest.
      for (const { versionId } of truth.bucket.versions(key)) ledger.removed(versionId, 'hidden');
      return;
    }
    ledger.arrived({
      object: found,
      uploadId,
      bytes,
      at: scheduler.now(),
      declared: declared.get(uploadId),
    });
  };
  const truth: Truth = {
    rows: createMemoryUploadStore({ indexLag }),
    groups: createMemoryGroupStore({ indexLag }),
    webhooks: createMemoryWebhookStore({ random, indexLag }),
    deliveries: createMemoryDeliveryStore({ indexLag }),
    receivers: createReceivers({ scheduler, random, faults }),
    groupBoard: createMemoryGroupBoard(clock),
    parts: createMemoryPartStore((key, bytes) => truth.bucket.put(key, bytes)),
    partsRegister: createMemoryPartsRegister(),
    letters: createMemoryDeadLetterStore(),
    bucket: createMemoryObjectStore({
      clock,
      uploadsBucket: UPLOADS_BUCKET,
      onRecord: (record) => {
        arrive(record);
        notifier.announce(record);
      },
    }),
    board: createMemoryStatusBoard(clock),
    keys: () => [...keys],
  };
  const onChange = (): void => world.onChange();
  const watch = {
    ...ledger,
    row: (...change: Parameters<Ledger['row']>) => {
      ledger.row(...change);
      world.onChange();
    },
  };
  const store = watchedStore(truth.rows, watch);
  const eraser = watchedEraser(truth, watch);
  const board = watchedBoard(truth.board, ledger);
  const groups = watchedGroups(truth.groups, onChange);
  const webhooks = watchedWebhooks(truth.webhooks, onChange);
  const deliveries = watchedDeliveries(truth.deliveries, onChange);
  const stores: Stores = {
    store: mutant?.store?.(store, truth) ?? store,
    groups: mutant?.groups?.(groups) ?? groups,
    webhooks: mutant?.webhooks?.(webhooks) ?? webhooks,
    deliveries: mutant?.deliveries?.(deliveries) ?? deliveries,
    receivers: truth.receivers,
    groupBoard: truth.groupBoard,
    contents: createMemoryContentIndex(),
    objects: watchedObjects(truth.bucket, ledger),
    board: mutant?.board?.(board) ?? board,
    broker,
    cursors: createMemoryCursorStore(),
    letters: truth.letters,
    partStore: truth.parts,
    partsRegister: truth.partsRegister,
    eraser: mutant?.eraser?.(eraser) ?? eraser,
    faults,
    uploadsOfKey,
  };
  const acksFirst = mutant?.acksFirst ?? false;
  const lambda = createLambda({
    ...{ scheduler, random, faults, journal, broker, acksFirst },
    onPause: (id) => ledger.paused(id),
  });
  const onLog: OnLog = (inv, message, fields) => {
    const why = fields.reason ?? fields.code ?? '';
    ledger.cover(`log: ${message} ${String(why)}`.trim());
    const actor = `${inv.name} ${inv.id}`;
    const uploads = typeof fields.uploadId === 'string' ? [fields.uploadId] : inv.uploads;
    const cause = fields.err instanceof Error ? ` ${fields.err.message}` : '';
    journal.write({
      at: scheduler.now(),
      actor,
      what: `${message} ${String(why)}${cause}`,
      uploads,
    });
  };

  /** Just while an upload is erased, a message of it that was long worked comes once more. */
  const comeAgain = (uploadId: string): void => {
    for (const queue of ['light', 'heavy', 'upload-events'] as const) {
      if (faults.happens('late-again')) broker.again(queue, uploadId);
    }
  };

  broker.consumeWith((queue, messages) => {
    if (queue === 'notifications') {
      for (const { body } of messages) hear(world, body);
    }
    if (queue.endsWith('-dlq')) {
      ledger.cover(`died in ${queue}`);
      if (mutant?.noBury === true) {
        for (const { receiptHandle } of messages) broker.ack(queue, receiptHandle);
        return;
      }
    }
    for (const { receiveCount } of messages) if (receiveCount > 1) ledger.cover('delivered again');
    const name = consumerOf(queue);
    const uploads = [...new Set(messages.flatMap(({ body }) => uploadsIn(body, uploadsOfKey)))];
    if (queue === 'deletions') for (const id of uploads) comeAgain(id);
    lambda.invokeBatch(
      { name, timeoutSeconds: TIMEOUT_SECONDS[name], uploads },
      { queue, messages },
      (inv, event, context) => handleBatch(name, depsOf(inv, stores, onLog), event, context),
    );
  });

  const world: World = {
    ...{
      random,
      scheduler,
      faults,
      journal,
      ledger,
      stores,
      truth,
      lambda,
      onLog,
      mutant,
      declared,
    },
    toldGroups: new Map(),
    meddledWebhooks: new Set(),
    onChange: () => undefined,
    isQuiet: false,
    onEffect: (watch) => void watches.push(watch),
    note: (actor, what, uploads) => journal.write({ at: scheduler.now(), actor, what, uploads }),
  };
  notifier.onRecord = () => world.onChange();
  return world;
};
