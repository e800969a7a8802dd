/** What stands behind a command. */
import { UsageError } from '../exit-codes.ts';

/** Exactly one. @throws UsageError. */
export const oneOperand = (operands: readonly string[], what: string): string => {
  const [only, ...others] = operands;
  if (only === undefined) throw new UsageError(`Say ${what}.`);
  if (others.length > 0) throw new UsageError(`Give one: ${what}.`);
  return only;
};

/** One or more. @throws UsageError. */
export const someOperands = (operands: readonly string[], what: string): readonly string[] => {
  if (operands.length === 0) throw new UsageError(`Say ${what}.`);
  return operands;
};
