/** Which ports the laptop stack listens on, and a clear answer when one of them is taken. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

export const defaultPorts = {
  http: 3000,
  page: 3001,
  lambda: 3002,
  follow: 3003,
  s3: 4566,
  sqs: 4567,
  dynamodb: 4568,
  redis: 6390,
} as const;

export type PortName = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PortName, number>>;

const portNames = Object.keys(defaultPorts) as readonly PortName[];

const titles: Readonly<Record<PortName, string>> = {
  http: 'the HTTP API',
  page: 'the upload page',
  lambda: 'the Lambda invoke API',
  follow: 'the function URLs',
  s3: 'S3',
  sqs: 'SQS',
  dynamodb: 'DynamoDB',
  redis: 'Redis',
};

/**
 * Where ports are looked for: below those that Linux gives to whoever connects out or asks for any port (from 32768, see
 * ip_local_port_range; elsewhere from 49152). One of these could be taken between our look and our use of it.
 */
const FIRST = 20_000;
const LAST = 32_767;
/** With more tries than this all taken, something else is wrong. */
const TRIES = 50;

/** Ports in a row that nobody listened on a moment ago; begun at random, so that two who look at once do not meet. */
export const findFreePorts = async (): Promise<Ports> => {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const first = randomInt(FIRST, LAST - portNames.length);
    const row = Object.fromEntries(portNames.map((name, index) => [name, first + index])) as Ports;
    if ((await takenOf(row)).length === 0) return row;
  }
  throw new Error(`No ${portNames.length} free ports in a row from ${FIRST} to ${LAST}.`);
};

/** Throws one sentence that names every taken port and the way out. */
export const assertPortsFree = async (ports: Ports): Promise<void> => {
  const taken = (await takenOf(ports)).map((name) => `${ports[name]} (${titles[name]})`);
  if (taken.length === 0) return;
  const [subject, verb, pronoun] =
    taken.length === 1 ? ['Port', 'is', 'it'] : ['Ports', 'are', 'them'];
  throw new Error(
    `${subject} ${taken.join(', ')} ${verb} taken: stop what listens on ${pronoun}, or start on other ports with "npm start -- --port-offset 100" or "npm start -- --free-ports".`,
  );
};

const takenOf = async (ports: Ports): Promise<readonly PortName[]> => {
  const taken: PortName[] = [];
  for (const name of portNames) if (!(await isFree(ports[name]))) taken.push(name);
  return taken;
};

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
