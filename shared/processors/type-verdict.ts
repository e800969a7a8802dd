/** Holds what the client declared and what the file is called against what the bytes are. */
import * as z from 'zod';
import { NonRetryableError } from '../domain/errors.ts';
import { TYPE_POLICIES, type TypePolicy } from '../domain/upload-options.ts';
import { defineProcessor } from './processor.ts';
import { throwIfStopped } from './reading/stop.ts';
import { isTypeGate } from './types/gate.ts';
import { canonicalType, isActive, mayBeCalled, saysSomething, typeOfName } from './types/kinds.ts';

/** Longer claims are cut: they come from the client. */
const CLAIM_LENGTH = 200;

const judge = (detected: string, claim: string | undefined): Judgement => {
  if (!saysSomething(claim)) return 'silent';
  return mayBeCalled(detected, claim) ? 'agrees' : 'differs';
};

type Judgement = 'silent' | 'agrees' | 'differs';
/** A verdict asks for what the policy of the same name does. */
type Verdict = TypePolicy;

const verdictOf = (detected: string, declaration: Judgement, name: Judgement): Verdict => {
  if (declaration !== 'differs' && name !== 'differs') return 'accept';
  return isActive(detected) ? 'reject' : 'relabel';
};

/** What is still let through: a policy refuses the verdicts that are stricter than what it can mend. */
const REFUSED: Readonly<Record<TypePolicy, readonly Verdict[]>> = {
  accept: [],
  relabel: ['reject'],
  reject: ['relabel', 'reject'],
};

const judgement = z.enum(['agrees', 'differs', 'silent']);

/**
 * The verdict `reject` is for programs and scripts under the name of something harmless. What follows from a verdict is
 * the upload's policy.
 * @throws NonRetryableError `type_mismatch` for a file that the policy does not let through.
 */
export const typeVerdict = defineProcessor({
  name: 'type-verdict',
  version: 2,
  lane: 'light',
  accepts: ['*/*'],
  reads: 'ranges',
  options: ['typePolicy'],
  isGate: isTypeGate,
  budget: { wallSeconds: 10 },
  outcome: z.object({
    /** By the bytes. */
    detected: z.string(),
    declared: z.string().nullable(),
    /** What the extension claims. */
    named: z.string().nullable(),
    declaration: judgement,
    name: judgement,
    verdict: z.enum(TYPE_POLICIES),
    policy: z.enum(TYPE_POLICIES),
    /** The type to serve the file as. */
    label: z.string(),
  }),
  async run({ source, options, signal }) {
    throwIfStopped(signal);
    const { type: detected, declaredType, name } = source;
    const named = typeOfName(name);
    const declaration = judge(detected, declaredType);
    const naming = judge(detected, named);
    const declared =
      declaredType === undefined ? null : canonicalType(declaredType).slice(0, CLAIM_LENGTH);
    const { typePolicy: policy = 'accept' } = options;
    const verdict = verdictOf(detected, declaration, naming);
    if (REFUSED[policy].includes(verdict)) {
      throw new NonRetryableError('type_mismatch', {
        detail: `By its bytes it is ${detected}; it was declared as ${declared ?? 'nothing'} and its name says ${named ?? 'nothing'}.`,
      });
    }
    return {
      detected,
      declared,
      named: named ?? null,
      declaration,
      name: naming,
      verdict,
      policy,
      label:
        policy === 'accept' && declaration === 'differs' && declared !== null ? declared : detected,
    };
  },
});
