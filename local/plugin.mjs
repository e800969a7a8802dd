/**
 * The laptop's part in the Serverless Framework: `offline` and `invoke local` get the environment of the running
 * stack instead of CloudFormation's. What `package` and `deploy` produce is untouched.
 * Plain JavaScript without a top-level await: the framework loads it with require() where Node allows that.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { containHandlerCrashes } from './plugin/contain-crashes.mjs';

const stackFile = '.local/stack.json';

// biome-ignore lint/style/noDefaultExport: the framework takes a plugin by its default export
export default class LocalPlugin {
  constructor(serverless) {
    const command = serverless.processedInput.commands.join(' ');
    useOwnBuildFolder(serverless, command);
    this.hooks = hooksOf(serverless, command);
  }
}

const hooksOf = (serverless, command) => {
  if (command === 'offline' || command === 'offline start') return offlineHooks(serverless);
  if (command === 'invoke local') return invokeLocalHooks(serverless);
  if (command === 'deploy')
    return { 'before:package:initialize': () => requireDeployableSharp(serverless) };
  return {};
};

/** Two builds at once, or files left by an older one, must never meet in one folder: it is zipped whole. */
const useOwnBuildFolder = (serverless, command) => {
  const esbuild = serverless.service.custom?.esbuild;
  if (esbuild) esbuild.outputWorkFolder = `.esbuild/${command.replaceAll(' ', '-')}-${process.pid}`;
};

const removeBuildFolder = (serverless) => {
  const folder = serverless.service.custom?.esbuild?.outputWorkFolder;
  if (folder) rmSync(join(serverless.serviceDir, folder), { recursive: true, force: true });
};

const offlineHooks = (serverless) => ({
  initialize: async () => {
    if (!process.send)
      throw sentence(
        serverless,
        'Start the laptop stack with "npm start": it starts "serverless offline" with everything it needs.',
      );
    const stop = () => {
      removeBuildFolder(serverless);
      process.exit(0);
    };
    // The parent is gone, however it went: nothing may outlive it.
    process.once('disconnect', stop);
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    containHandlerCrashes((line) => process.stderr.write(`${line}\n`));
    const answer = new Promise((resolve) => process.once('message', resolve));
    process.send({ kind: 'service', service: describeService(serverless) });
    const { environments } = await answer;
    wire(serverless, environments);
  },
  'after:offline:start:init': () => process.send?.({ kind: 'ready' }),
});

const invokeLocalHooks = (serverless) => ({
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
    removeBuildFolder(serverless);
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
  if (service.custom?.esbuild) service.custom.esbuild.minify = false;
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
