/** Says in one sentence if this Node is too old, then runs the `main` of a TypeScript file. Old Nodes must parse this file. */
export const runTypescript = (load, flags) => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(
      `Sluice needs Node 20.19 or newer and this is ${process.versions.node}: install a newer one from https://nodejs.org and start again.\n`,
    );
    process.exitCode = 1;
    return;
  }
  // Known, and for the maintainers of Sluice to act on, not for who starts it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  import('tsx/esm/api')
    .then(({ register }) => {
      register();
      return load();
    })
    .then(({ main }) => main(flags))
    .catch((error) => {
      const missing = error?.code === 'ERR_MODULE_NOT_FOUND' && /'tsx/.test(error.message);
      process.stderr.write(
        missing
          ? 'The packages are not installed: run "npm ci" first.\n'
          : `${error?.stack ?? error}\n`,
      );
      process.exitCode = 1;
    });
};
