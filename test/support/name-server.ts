/** A name server on this machine that answers as a test says, a different thing each time if it likes. */
import { createSocket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

const TYPE_A = 1;
const TYPE_AAAA = 28;

export interface NameServer {
  /** As `Resolver.setServers` takes it. */
  readonly address: string;
  /** The names that were asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** The name and the end of the one question of a query. */
const questionIn = (query: Buffer) => {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
};

const recordOf = (address: string): Buffer => {
  const bytes = Buffer.from(ipaddr.parse(address).toByteArray());
  const head = Buffer.alloc(12);
  // The name is the one of the question, at offset 12; class IN, kept for no time at all.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(isIPv4(address) ? TYPE_A : TYPE_AAAA, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
};

/** @param answer the addresses of a name; `turn` counts from 1 how often its family was asked. Undefined: no answer at all. */
export const startNameServer = async (
  answer: (name: string, turn: number) => readonly string[] | undefined,
): Promise<NameServer> => {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  const turns = new Map<string, number>();
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = questionIn(query);
    asked.push(name);
    const turn = (turns.get(`${name}/${type}`) ?? 0) + 1;
    turns.set(`${name}/${type}`, turn);
    const addresses = answer(name, turn);
    if (addresses === undefined) return;
    const fitting = addresses.filter((one) => isIPv4(one) === (type === TYPE_A));
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(fitting.length, 6);
    head.writeUInt32BE(0, 8);
    socket.send(
      Buffer.concat([head, query.subarray(12, end), ...fitting.map(recordOf)]),
      port,
      address,
    );
  });
  await new Promise<void>((bound) => socket.bind(0, '127.0.0.1', bound));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((closed) => socket.close(() => closed())),
  };
};
