/** The command line of `npm start`: reads the flags, starts the stack, says where it is, stops it. */
import { parseArgs } from 'node:util';
import { aborted, interruption } from './interruption.ts';
import { defaultPorts, findFreePorts, type PortName, type Ports } from './ports.ts';
import { type Stack, startStack } from './stack.ts';

const usage = `npm start -- [flags]
  --port-offset N   add N to every default port
  --free-ports      take whatever ports are free
  --http-port N, --page-port N, --lambda-port N, --follow-port N, --s3-port N, --sqs-port N, --dynamodb-port N, --redis-port N
  --keep            keep files, queues and table in .local/state for the next start that keeps`;

const print = (text: string) => process.stdout.write(`${text}\n`);
const complain = (text: string) => process.stderr.write(`${text}\n`);

/** Resolves when everything has stopped. Sets the exit code: 0 after Ctrl-C, 1 if it could not start or broke. */
export const main = async (commandLine: readonly string[]): Promise<void> => {
  const interrupted = interruption();
  try {
    const flags = readFlags(commandLine);
    if (flags.help) return void print(usage);
    print('Starting Sluice on this machine …');
    interrupted.addEventListener('abort', () => print('Stopping …'));
    let running = false;
    const stack = await startStack({
      ports: await choosePorts(flags),
      keep: flags.keep,
      announce: true,
      log: {
        stack: print,
        functions: (line) => running && !interrupted.aborted && print(`  ${line}`),
      },
      signal: interrupted,
    });
    running = true;
    if (!interrupted.aborted) print(welcome(stack));
    await runUntil(stack, interrupted);
  } catch (error) {
    if (error === interrupted.reason) return;
    complain(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
};

type Flags = {
  readonly help: boolean;
  readonly keep: boolean;
  readonly freePorts: boolean;
  readonly portOffset: number;
  readonly explicit: Partial<Ports>;
};

const portNames = Object.keys(defaultPorts) as readonly PortName[];

/** Throws a sentence for a flag that does not exist or a number that is none. */
export const readFlags = (commandLine: readonly string[]): Flags => {
  const ports = Object.fromEntries(
    portNames.map((name) => [`${name}-port`, { type: 'string' as const }]),
  );
  const { values } = parse(() =>
    parseArgs({
      args: [...commandLine],
      options: {
        help: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        'free-ports': { type: 'boolean', default: false },
        'port-offset': { type: 'string', default: '0' },
        ...ports,
      },
    }),
  );
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  return {
    help: values.help === true,
    keep: values.keep === true,
    freePorts: values['free-ports'] === true,
    portOffset: readNumber('--port-offset', given['port-offset'], 50_000),
    explicit: Object.fromEntries(
      portNames
        .filter((name) => given[`${name}-port`] !== undefined)
        .map((name) => [name, readNumber(`--${name}-port`, given[`${name}-port`], 65_535)]),
    ),
  };
};

const parse = <Parsed>(read: () => Parsed): Parsed => {
  try {
    return read();
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new Error(`${reason}.\n${usage}`);
  }
};

const readNumber = (flag: string, value: string | boolean | undefined, highest: number) => {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= highest) return number;
  throw new Error(`${flag} takes a whole number from 0 to ${highest}, not "${value}".`);
};

const choosePorts = async ({ freePorts, portOffset, explicit }: Flags): Promise<Ports> => {
  const shifted = Object.fromEntries(
    portNames.map((name) => [name, defaultPorts[name] + portOffset]),
  ) as Ports;
  return { ...(freePorts ? await findFreePorts() : shifted), ...explicit };
};

const welcome = ({ httpUrl, followUrl, pageUrl, endpoints, redisUrl, token }: Stack) => `
Sluice is running. Ctrl-C stops it.

  HTTP API   ${httpUrl}
  Events     ${followUrl}
  Page       ${pageUrl}
  OpenAPI    ${pageUrl}/openapi.json
  Token      ${token}
  S3         ${endpoints.s3}
  SQS        ${endpoints.sqs}
  DynamoDB   ${endpoints.dynamodb}
  Redis      ${redisUrl}

Announce an upload; the answer says where to post the bytes and where to follow them:

  curl -s ${httpUrl}/uploads -H 'authorization: Bearer ${token}' -H 'content-type: application/json' \\
    -d '{"name":"hello.txt","size":12,"type":"text/plain"}'

"npm run demo" does all of it with real files.
`;

const runUntil = async (stack: Stack, interrupted: AbortSignal) => {
  const broke = await Promise.race([
    aborted(interrupted).then(() => false),
    stack.ended.then(() => true),
  ]);
  await stack.close();
  if (broke) throw new Error('"serverless offline" ended by itself; its last lines above say why.');
};
