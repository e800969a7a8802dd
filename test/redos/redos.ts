/**
 * `npm run redos`: asks recheck of each regular expression that is new since the last time whether some input makes it
 * slow, keeps those that none does, and ends with 1 when there are others.
 */
import { checkSync } from 'recheck';
import { type Expression, expressionsOf } from './expressions.ts';
import { LINEAR, readVerdicts, writeVerdicts } from './verdicts.ts';

const PATIENCE_MS = 60_000;

/** What is wrong with it, or undefined. */
const complaintAbout = ({ pattern, flags }: Expression): string | undefined => {
  const found = checkSync(pattern, flags, { timeout: PATIENCE_MS });
  if (found.status === 'safe') return undefined;
  return found.status === 'vulnerable'
    ? found.complexity.summary
    : `not known: ${JSON.stringify(found.error)}`;
};

const known = readVerdicts();
const verdicts: Record<string, string> = {};
for (const [text, expression] of expressionsOf().written) {
  const verdict = known[text];
  const complaint = verdict === undefined ? complaintAbout(expression) : undefined;
  if (complaint === undefined) {
    verdicts[text] = verdict ?? LINEAR;
    continue;
  }
  console.log(`${text} in ${expression.files.join(', ')}: ${complaint}`);
  process.exitCode = 1;
}
writeVerdicts(verdicts);
if (process.exitCode === 1) {
  console.log(
    'Write each so that it is linear, or what bounds its input into test/redos/verdicts.json.',
  );
}
