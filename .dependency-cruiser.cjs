/** The direction of dependencies: functions → use cases → domain and ports; adapters at the rim. No cycles anywhere. */
const layer = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^(shared|functions|client|cli|local|test|bench|web)/', pathNot: [from, ...allowed] },
});

/** Packages a layer may use; everything else from npm is forbidden there. */
const packages = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'], pathNot: allowed },
});

const only = (...names) => names.map((name) => `node_modules/${name}/`);

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      // The types of Lambda's events have no code to resolve to.
      to: { couldNotResolve: true, pathNot: '^aws-lambda$' },
    },

    layer('domain-imports-nothing', '^shared/domain/', []),
    layer('contracts-know-the-domain', '^shared/contracts/', ['^shared/domain/']),
    layer('ports-know-the-domain', '^shared/ports/', ['^shared/domain/']),
    layer('detection-stands-alone', '^shared/detection/', ['^shared/domain/']),
    layer('processors-know-ports-and-domain', '^shared/processors/', [
      '^shared/(domain|ports|detection)/',
    ]),
    layer('usecases-know-no-adapter', '^shared/usecases/', [
      '^shared/(domain|ports|contracts)/',
      '^shared/processors/processor.ts$',
    ]),
    layer('adapters-know-ports-and-domain', '^shared/adapters/', [
      '^shared/(domain|ports|contracts)/',
    ]),
    layer('envelopes-stay-in-lambda', '^shared/lambda/', [
      '^shared/(domain|ports|contracts|usecases)/',
    ]),
    layer('only-the-container-builds', '^shared/container', [
      '^shared/(domain|ports|contracts|usecases|adapters|processors)/',
      '^shared/config.ts$',
    ]),
    layer('the-product-knows-no-laptop', '^(shared|functions)/', []),
    layer('the-client-stands-alone', '^client/', ['^shared/contracts/']),
    {
      // Types are gone when it runs; a test bundles it and looks that nothing else came along.
      name: 'only-types-of-the-client-are-taken',
      severity: 'error',
      from: { path: '^client/', pathNot: '^client/types.ts$' },
      to: { path: '^(shared|node_modules)/' },
    },
    layer('the-command-line-is-a-client', '^cli/', [
      '^client/',
      '^shared/domain/',
      '^local/run-typescript.mjs$',
    ]),
    layer('acceptance-knows-no-inside', '^test/acceptance/', [
      '^test/support/',
      '^local/',
      '^client/',
    ]),

    {
      name: 'domain-uses-no-node',
      severity: 'error',
      from: { path: '^shared/(domain|contracts)/' },
      to: { dependencyTypes: ['core'] },
    },
    packages('domain-uses-no-package', '^shared/(domain|ports|usecases)/', ['^$']),
    packages('contracts-use-zod', '^shared/contracts/', only('zod')),
    packages('lambda-uses-types-only', '^shared/lambda/', only('zod', '@types/aws-lambda')),
    {
      name: 'clients-only-in-adapters',
      severity: 'error',
      from: { path: '^(shared|functions)/', pathNot: '^shared/adapters/' },
      to: { path: 'node_modules/(@aws-sdk|@smithy|ioredis|pino)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/fixtures/' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
