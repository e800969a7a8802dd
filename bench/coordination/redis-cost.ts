/** What a run costs a Redis server: what clients sent, how often the server had to read, its CPU, its memory. */
import { Redis } from 'ioredis';

export interface RedisCost {
  /** Commands that clients sent; what a script calls inside does not count. */
  readonly commands: number;
  /** How often the server read from a socket: commands that arrive together are one. */
  readonly reads: number;
  readonly bytesIn: number;
  readonly cpuSeconds: number;
}

/** What of a client library is needed to count what it sends. */
interface ClientClass {
  readonly prototype: { sendCommand(...sent: never[]): unknown };
}

/** Counts every command that clients of this class send from now on. */
export const countCommands = ({ prototype }: ClientClass): (() => number) => {
  let sent = 0;
  const original = prototype.sendCommand;
  prototype.sendCommand = function counted(...command: never[]) {
    sent += 1;
    return original.apply(this, command);
  };
  return () => sent;
};

const numberIn = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1] ?? Number.NaN);

export interface RedisMeter {
  /** What the server spent while `work` ran. */
  costOf(work: () => Promise<unknown>): Promise<RedisCost>;
  /** Bytes of the server's memory that hold what is stored now. */
  storedBytes(): Promise<number>;
  close(): void;
}

/** Looks at the server over a connection of its own; `sent` tells the commands of the measured clients. */
export const createRedisMeter = async (url: string, sent: () => number): Promise<RedisMeter> => {
  const client = new Redis(url);
  const look = async () => {
    const commands = sent();
    const text = await client.info();
    return {
      commands,
      reads: numberIn(text, 'total_reads_processed'),
      bytesIn: numberIn(text, 'total_net_input_bytes'),
      cpuSeconds: numberIn(text, 'used_cpu_user') + numberIn(text, 'used_cpu_sys'),
    };
  };
  await client.ping();
  return {
    async costOf(work) {
      const before = await look();
      await work();
      const after = await look();
      return {
        commands: after.commands - before.commands,
        reads: after.reads - before.reads,
        bytesIn: after.bytesIn - before.bytesIn,
        cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      };
    },
    async storedBytes() {
      return numberIn(await client.info('memory'), 'used_memory_dataset');
    },
    close: () => client.disconnect(),
  };
};
