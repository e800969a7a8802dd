/** Which ports the laptop stack listens on, and a clear answer when one of them is taken. */
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

/** Ports that nobody listened on a moment ago. */
export const findFreePorts = async (): Promise<Ports> => {
  // All are held at once, or the kernel could hand out the same one twice.
  const held = await Promise.all(portNames.map(() => hold(0)));
  const ports = portNames.map((name, index) => [name, held[index]?.port] as const);
  await Promise.all(held.map(({ release }) => release()));
  return Object.fromEntries(ports) as Ports;
};

/** Throws one sentence that names every taken port and the way out. */
export const assertPortsFree = async (ports: Ports): Promise<void> => {
  const taken: string[] = [];
  for (const name of portNames) {
    try {
      await (await hold(ports[name])).release();
    } catch {
      taken.push(`${ports[name]} (${titles[name]})`);
    }
  }
  if (taken.length === 0) return;
  const [subject, verb, pronoun] =
    taken.length === 1 ? ['Port', 'is', 'it'] : ['Ports', 'are', 'them'];
  throw new Error(
    `${subject} ${taken.join(', ')} ${verb} taken: stop what listens on ${pronoun}, or start on other ports with "npm start -- --port-offset 100" or "npm start -- --free-ports".`,
  );
};

const hold = (port: number) =>
  new Promise<{ readonly port: number; readonly release: () => Promise<void> }>(
    (resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        if (address === null || typeof address === 'string') {
          reject(new Error('A TCP server has no port.'));
          return;
        }
        resolve({
          port: address.port,
          release: () => new Promise((released) => server.close(() => released())),
        });
      });
    },
  );
