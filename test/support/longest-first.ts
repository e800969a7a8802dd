import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, longest first: begun last, one of them would keep one worker busy and the other idle. */
const LONGEST = [
  'acceptance/acceptance',
  'browser/page',
  'integration/start',
  'simulation/',
  'conformance/processors-memory',
  'integration/corpus-processors',
];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = LONGEST.findIndex((name) => moduleId.includes(`/test/${name}`));
  return rank === -1 ? LONGEST.length : rank;
};

/** The order of the files of a run, also where no run before told how long each takes. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rankOf(one) - rankOf(other));
  }
}
