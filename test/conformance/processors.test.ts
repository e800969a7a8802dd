/** Every processor of the registry keeps the contract, and every file beside it is in the registry. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { partStepName } from '../../shared/domain/part.ts';
import { LANES } from '../../shared/domain/plan.ts';
import { heavyProcessorNamed } from '../../shared/processors/lanes/heavy.ts';
import { lightProcessorNamed } from '../../shared/processors/lanes/light.ts';
import { processorNamed, processors } from '../../shared/processors/registry.ts';
import { describeProcessor } from './processor.ts';

/** Files of the folder that are no processors; their parts live in folders below it. */
const OTHERS: ReadonlySet<string> = new Set(['processor.ts', 'registry.ts', 'plannables.ts']);

describe('the registry', () => {
  const folder = new URL('../../shared/processors/', import.meta.url);
  const names = processors.map(({ name }) => name);

  it('holds every file of the folder, once', () => {
    const files = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && !OTHERS.has(entry.name))
      .map(({ name }) => name.replace(/\.ts$/, ''));

    expect([...names].sort()).toEqual(files.sort());
  });

  it('finds a processor by its name, and nothing by another', () => {
    for (const processor of processors) expect(processorNamed(processor.name)).toBe(processor);
    expect(processorNamed('no-such-processor')).toBeUndefined();
  });

  it('has each processor, and each part of one, where its lane works', () => {
    const namedOn = { light: lightProcessorNamed, heavy: heavyProcessorNamed };
    for (const { name, lane, split } of processors) {
      expect(namedOn[lane](name)).toMatchObject({ name, lane });
      if (split === undefined) continue;
      const part = partStepName(name, { index: 1, count: 2 });
      expect(namedOn[split.lane](part)).toMatchObject({ name: part, lane: split.lane });
    }
  });

  it('knows every lane and every step that another one needs', () => {
    for (const { lane, needs = [] } of processors) {
      expect(LANES).toContain(lane);
      for (const need of needs) expect(names).toContain(need);
    }
  });
});

for (const processor of processors) describeProcessor(processor);
