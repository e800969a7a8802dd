/** One field of a table schema, made ready to check values. */
import { RE2JS } from 're2js';
import { NonRetryableError } from '../../domain/errors.ts';
import { type FieldParser, type FieldValue, parserOf } from '../../domain/field-value.ts';
import type { TableField } from '../../domain/table-schema.ts';
import { createSeenValues } from './seen.ts';

export const RULES = [
  'type',
  'format',
  'required',
  'unique',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'enum',
  'length',
  'width',
] as const;
/** Of the schema; `length`: longer than a value may be; `width`: a record with other than all of its fields. */
export type Rule = (typeof RULES)[number];

export interface FieldCheck {
  readonly name: string;
  /** What a missing value breaks. */
  readonly missing: Rule | undefined;
  /**
   * The first rule that the value breaks.
   * @param isNative whether it stands for itself, and not for a spelling of the schema
   */
  broken(text: string, isNative: boolean): Rule | undefined;
}

type Test = readonly [Rule, (text: string, value: FieldValue) => boolean];

const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/** A pattern was checked when it was given; an engine that refuses it all the same has changed. */
const compile = (pattern: string): RE2JS => {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    throw new NonRetryableError('unsupported', { detail: 'A pattern cannot be used.', cause });
  }
};

const boundTests = ({ type, constraints = {} }: TableField): readonly Test[] => {
  const { minimum, maximum } = constraints;
  const parse = parserOf({ name: '', type });
  const boundOf = (bound: number | string | undefined): FieldValue | undefined =>
    bound === undefined ? undefined : parse(String(bound));
  const [low, high] = [boundOf(minimum), boundOf(maximum)];
  return [
    ...(low === undefined
      ? []
      : [['minimum', (_: string, value: FieldValue) => value >= low] as const]),
    ...(high === undefined
      ? []
      : [['maximum', (_: string, value: FieldValue) => value <= high] as const]),
  ];
};

const textTests = ({ constraints = {} }: TableField): readonly Test[] => {
  const { minLength, maxLength, pattern } = constraints;
  const engine = pattern === undefined ? undefined : compile(pattern);
  return [
    ...(minLength === undefined
      ? []
      : [['minLength', (text: string) => codePoints(text) >= minLength] as const]),
    ...(maxLength === undefined
      ? []
      : [['maxLength', (text: string) => codePoints(text) <= maxLength] as const]),
    ...(engine === undefined
      ? []
      : [['pattern', (text: string) => engine.testExact(text)] as const]),
  ];
};

const enumTests = ({ constraints = {} }: TableField): readonly Test[] => {
  if (constraints.enum === undefined) return [];
  const texts = new Set(constraints.enum.map(String));
  const numbers = new Set(constraints.enum.filter((value) => typeof value === 'number'));
  return [
    ['enum', (text, value) => texts.has(text) || (typeof value === 'number' && numbers.has(value))],
  ];
};

/** @param onUnique called for every new value of a field that must be unique; may throw to stop */
export const createFieldCheck = (field: TableField, onUnique: () => void): FieldCheck => {
  const { name, type = 'any', format = 'default', constraints = {} } = field;
  const spelled = parserOf(field);
  const native: FieldParser = parserOf({ name, type, format });
  const tests = [...enumTests(field), ...textTests(field), ...boundTests(field)];
  const seen = constraints.unique === true ? createSeenValues(onUnique) : undefined;
  const mistyped: Rule = format === 'default' ? 'type' : 'format';
  return {
    name,
    missing: constraints.required === true ? 'required' : undefined,
    broken(text, isNative) {
      const value = (isNative ? native : spelled)(text);
      if (value === undefined) return mistyped;
      for (const [rule, holds] of tests) if (!holds(text, value)) return rule;
      return seen?.add(text) === true ? 'unique' : undefined;
    },
  };
};
