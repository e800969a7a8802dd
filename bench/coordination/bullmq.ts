/** The same in BullMQ: a flow of four children that do nothing, and their parent. */
import { loadPeer } from '../harness/peers.ts';

interface Closable {
  close(): Promise<void>;
}

interface Worker extends Closable {
  on(event: 'completed', listener: () => void): void;
  waitUntilReady(): Promise<unknown>;
}

interface Job {
  readonly id: string;
}

interface Queue extends Closable {
  getJob(id: string): Promise<{ getState(): Promise<string>; getDependencies(): Promise<unknown> }>;
}

interface FlowNode {
  readonly name: string;
  readonly queueName: string;
  readonly data: unknown;
  readonly opts: object;
  readonly children?: readonly FlowNode[];
}

/** What of BullMQ is used here. */
interface BullMq {
  readonly FlowProducer: new (
    options: object,
  ) => Closable & {
    addBulk(flows: readonly FlowNode[]): Promise<readonly { readonly job: Job }[]>;
  };
  readonly Queue: new (queue: string, options: object) => Queue;
  readonly Worker: new (queue: string, work: () => Promise<unknown>, options: object) => Worker;
}

/** The best of 1, 10, 50, 100 and 300 on two cores. */
const CONCURRENCY = 50;
const BULK = 100;
const FORGET = { removeOnComplete: true, removeOnFail: true };

export interface PeerPipeline {
  /** Runs that many files through, at most `inFlight` at a time. */
  run(files: number, inFlight: number): Promise<void>;
  /** Only adds that many files; nobody works any more. */
  addOnly(files: number): Promise<void>;
  close(): Promise<void>;
}

const flowOf = (file: number): FlowNode => ({
  name: 'end',
  queueName: 'end',
  data: { file },
  opts: FORGET,
  children: [0, 1, 2, 3].map((step) => ({
    name: 'step',
    queueName: `step-${step}`,
    data: { file },
    opts: FORGET,
  })),
});

export const createBullMqPipeline = async (redisUrl: string): Promise<PeerPipeline> => {
  const { FlowProducer, Worker } = await loadPeer<BullMq>('bullmq');
  const connection = { url: redisUrl, maxRetriesPerRequest: null };
  const options = { connection, concurrency: CONCURRENCY };
  const producer = new FlowProducer({ connection });
  const steps = [0, 1, 2, 3].map((step) => new Worker(`step-${step}`, async () => ({}), options));
  const end = new Worker('end', async () => ({}), options);
  const workers = [...steps, end];
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));

  let ended = 0;
  let onEnd = (): void => undefined;
  end.on('completed', () => {
    ended += 1;
    onEnd();
  });

  return {
    async run(files, inFlight) {
      ended = 0;
      let sent = 0;
      while (sent < files) {
        const size = Math.min(BULK, files - sent);
        const flows = Array.from({ length: size }, (_, index) => flowOf(sent + index));
        await producer.addBulk(flows);
        sent += size;
        while (sent - ended > inFlight - BULK && ended < sent) {
          await new Promise<void>((resolve) => {
            onEnd = resolve;
          });
        }
      }
      while (ended < files)
        await new Promise<void>((resolve) => {
          onEnd = resolve;
        });
    },
    async addOnly(files) {
      await Promise.all(workers.map((worker) => worker.close()));
      const flows = Array.from({ length: files }, (_, index) => flowOf(index));
      await producer.addBulk(flows);
    },
    async close() {
      await Promise.all([...workers, producer].map((part) => part.close()));
    },
  };
};

export interface PeerFlows {
  /** The state of a flow and of its children: what our status answers. */
  statusOf(index: number): Promise<unknown>;
  close(): Promise<void>;
}

/** Flows that wait to be worked. */
export const createBullMqFlows = async (redisUrl: string, flows: number): Promise<PeerFlows> => {
  const { FlowProducer, Queue } = await loadPeer<BullMq>('bullmq');
  const connection = { url: redisUrl, maxRetriesPerRequest: null };
  const producer = new FlowProducer({ connection });
  const added = await producer.addBulk(Array.from({ length: flows }, (_, index) => flowOf(index)));
  const queue = new Queue('end', { connection });
  return {
    async statusOf(index) {
      const job = await queue.getJob(added[index % flows]?.job.id ?? '');
      return [await job.getState(), await job.getDependencies()];
    },
    close: async () => {
      await Promise.all([queue.close(), producer.close()]);
    },
  };
};
