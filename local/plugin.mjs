/**
 * The laptop's part in the Serverless Framework: `offline` and `invoke local` get the environment of the running
 * stack instead of CloudFormation's. What `package` and `deploy` produce is untouched.
 * Plain JavaScript without a top-level await: the framework loads it with require() where Node allows that.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildOnce } from './plugin/build-once.mjs';
import { containHandlerCrashes } from './plugin/contain-crashes.mjs';
import { refuseOtherOrigins } from './plugin/refuse-other-origins.mjs';

const stackFile = '.local/stack.json';

// biome-ignore lint/style/noDefaultExport: the framework takes a plugin by its default export
export default class LocalPlugin {
  constructor(serverless) {
    const command = serverless.processedInput.commands.join(' ');
    const removeBuild = useOwnBuildFolder(serverless, command);
    process.once('exit', removeZipFolders);
    this.hooks = hooksOf(serverless, command, removeBuild);
  }
}

const hooksOf = (serverless, command, removeBuild) => {
  if (command === 'offline' || command === 'offline start')
    return offlineHooks(serverless, removeBuild);
  if (command === 'invoke local') return invokeLocalHooks(serverless, removeBuild);
  if (command === 'deploy')
    return { 'before:package:initialize': () => requireDeployableSharp(serverless) };
  return {};
};

/**
 * Two builds at once, or files left by an older one, must never meet in one folder: it is zipped whole.
 * Returns what removes the folder; `invoke local` changes the framework's idea of the project's folder on its way.
 */
const useOwnBuildFolder = ({ service, serviceDir }, command) => {
  removeDeadBuilds(join(serviceDir ?? '.', '.esbuild'));
  const folder = `.esbuild/${command.replaceAll(' ', '-')}-${process.pid}`;
  if (service.custom?.esbuild) {
    service.custom.esbuild.outputWorkFolder = folder;
    // It builds once. Kept ready for more, esbuild would hold a command with a broken build open for ever.
    service.custom.esbuild.skipRebuild = true;
  }
  const absolute = join(serviceDir ?? '.', folder);
  return () => rmSync(absolute, { recursive: true, force: true });
};

/** What a killed or failed command left behind. */
const removeDeadBuilds = (builds) => {
  for (const name of existsSync(builds) ? readdirSync(builds) : []) {
    const [, pid] = /-(\d+)$/.exec(name) ?? [];
    if (!pid || !isAlive(Number(pid))) rmSync(join(builds, name), { recursive: true, force: true });
  }
};

/** The bundling plugin copies what it zips into a temporary folder for each function, and takes only empty ones away. */
const removeZipFolders = () => {
  const ours = new RegExp(`-${process.pid}-\\d{13}-[0-9a-f]{8}$`);
  for (const name of readdirSync(tmpdir())) {
    if (ours.test(name)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
};

const offlineHooks = (serverless, removeBuild) => {
  const { hooks, end } = buildOnce(serverless);
  process.once('exit', removeBuild);
  const stop = async () => {
    await end();
    process.exit(0);
  };
  return {
    ...hooks,
    initialize: async () => {
      if (!process.send)
        throw sentence(
          serverless,
          'Start the laptop stack with "npm start": it starts "serverless offline" with everything it needs.',
        );
      containHandlerCrashes((line) => process.stderr.write(`${line}\n`));
      refuseOtherOrigins(serverless.service.provider.httpApi?.cors?.allowedOrigins);
      const environments = await untilWired(serverless, stop);
      wire(serverless, environments);
    },
    'after:offline:start:init': () => process.send?.({ kind: 'ready' }),
  };
};

/** Describes the functions to the parent and gives their variables, once what they name is there. Stops with the parent. */
const untilWired = (serverless, stop) =>
  new Promise((resolve) => {
    const abandon = () => {
      for (const path of JSON.parse(process.env.SLUICE_ORPHANED ?? '[]'))
        rmSync(path, { recursive: true, force: true });
      stop();
    };
    process.on('message', ({ kind, environments }) => {
      if (kind === 'stop') stop();
      else resolve(environments);
    });
    // The parent is gone, however it went and though it be before we were here: nothing may outlive it.
    process.once('disconnect', abandon);
    if (process.connected) process.send({ kind: 'service', service: describeService(serverless) });
    else abandon();
  });

const invokeLocalHooks = (serverless, removeBuild) => ({
  initialize: () => {
    const stack = readRunningStack(serverless);
    for (const name of Object.keys(process.env)) {
      if (name.startsWith('AWS_')) delete process.env[name];
    }
    Object.assign(process.env, stack.awsEnvironment);
    wire(serverless, stack.environments);
  },
  // A handler's open connections would keep the process alive for ever.
  'after:invoke:local:invoke': async () => {
    removeBuild();
    await new Promise((resolve) => process.stdout.write('', resolve));
    process.exit(process.exitCode ?? 0);
  },
});

const readRunningStack = (serverless) => {
  const file = join(serverless.serviceDir, stackFile);
  const stack = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  if (stack && isAlive(stack.pid)) return stack;
  throw sentence(
    serverless,
    '"invoke local" needs the running laptop stack: start it with "npm start" in another terminal.',
  );
};

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    return error.code === 'EPERM';
  }
};

/** Gives each function its resolved variables and leaves out what only a deployed zip needs. */
const wire = (serverless, environments) => {
  const { service } = serverless;
  service.provider.environment = {};
  for (const [key, definition] of Object.entries(service.functions)) {
    definition.environment = environments[key] ?? {};
    // node_modules is beside the build; copying native code for each function would only cost time.
    delete definition.package;
  }
};

const describeService = ({ service }) => ({
  environment: service.provider.environment ?? {},
  functions: service.functions,
  resources: service.resources?.Resources ?? {},
});

/** An image decoder for this machine would be deployed, and fail there on its first file. */
const requireDeployableSharp = (serverless) => {
  const native = join(serverless.serviceDir, 'node_modules/@img/sharp-linux-arm64');
  if (existsSync(native)) return;
  throw sentence(
    serverless,
    'The native code of sharp for arm64 Linux is missing: run "npm install --no-save --os=linux --cpu=arm64 --libc=glibc sharp", then deploy again.',
  );
};

const sentence = (serverless, text) => new serverless.classes.Error(text, 'SLUICE_LOCAL');
