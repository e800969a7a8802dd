/** What a step waits for the storage. */
import { inFile, type Mutation } from '../mutation.ts';

const STALLED = ['unit/usecases/run-step-stalled', 'unit/usecases/own-time'] as const;
const ownTime = inFile('shared/usecases/own-time.ts', ...STALLED);
const step = inFile('shared/usecases/run-step.ts', ...STALLED);

export const storage: readonly Mutation[] = [
  ownTime(
    "the time that the storage takes to answer is the step's own",
    'const goOn = stopwatch.pause();',
    'const goOn = () => undefined;',
  ),
  ownTime(
    "the time without bytes to read is the step's own",
    'goOn ??= stopwatch.pause();',
    'goOn ??= () => undefined;',
  ),
  ownTime('own time does not go on when bytes come', 'fed();\n    return push', 'return push'),
  step('opening a range is not waited for', 'await time.waitFor(opening)', 'await opening'),
  step(
    'the common reading is not watched',
    'time.watch(await time.waitFor(shared.open(processor.name)))',
    'shared.open(processor.name)',
  ),
  step(
    'writing a derived file is not waited for',
    'await time.waitFor(objects.putResult(key, bytes, contentType))',
    'await objects.putResult(key, bytes, contentType)',
  ),
];
