/** Every processor there is, in the order in which a plan names them: lane by lane, as each worker loads only its own. */
import { heavyProcessors } from './lanes/heavy.ts';
import { lightProcessors } from './lanes/light.ts';
import { createProcessorNamed, type Processor } from './processor.ts';

export const processors: readonly Processor[] = [...lightProcessors, ...heavyProcessors];

/** The processor of a step, or undefined when this version has none of that name. */
export const processorNamed = createProcessorNamed(processors);
