/** Holds what the client declared and what the file is called against what the bytes are. */
import * as z from 'zod';
import { defineProcessor } from './processor.ts';
import { throwIfStopped } from './reading/stop.ts';
import { canonicalType, isActive, mayBeCalled, saysSomething, typeOfName } from './types/kinds.ts';

/** Longer claims are cut: they come from the client. */
const CLAIM_LENGTH = 200;

const judge = (detected: string, claim: string | undefined) => {
  if (!saysSomething(claim)) return 'silent';
  return mayBeCalled(detected, claim) ? 'agrees' : 'differs';
};

const judgement = z.enum(['agrees', 'differs', 'silent']);

/**
 * Never fails on its own: the verdict is an outcome, and what follows from it is for the reader of it.
 * `reject` is for programs and scripts under the name of something harmless.
 */
export const typeVerdict = defineProcessor({
  name: 'type-verdict',
  version: 1,
  lane: 'light',
  accepts: ['*/*'],
  reads: 'ranges',
  budget: { wallSeconds: 10 },
  outcome: z.object({
    /** By the bytes: what the file is to be served as. */
    detected: z.string(),
    declared: z.string().nullable(),
    /** What the extension claims. */
    named: z.string().nullable(),
    declaration: judgement,
    name: judgement,
    verdict: z.enum(['accept', 'relabel', 'reject']),
  }),
  async run({ source, signal }) {
    throwIfStopped(signal);
    const { type: detected, declaredType, name } = source;
    const named = typeOfName(name);
    const declaration = judge(detected, declaredType);
    const naming = judge(detected, named);
    const isMislabelled = declaration === 'differs' || naming === 'differs';
    return {
      detected,
      declared:
        declaredType === undefined ? null : canonicalType(declaredType).slice(0, CLAIM_LENGTH),
      named: named ?? null,
      declaration,
      name: naming,
      verdict: isMislabelled ? (isActive(detected) ? 'reject' : 'relabel') : 'accept',
    } as const;
  },
});
