/** No processor of the registry grows with its file. In a process of its own: what is measured is the process. */
import { processors } from '../../shared/processors/registry.ts';
import { describeMemory } from './processor-memory.ts';

for (const processor of processors) describeMemory(processor);
