/** Values that fit a schema of the OpenAPI document. */
import fc from 'fast-check';
import { openapi, type Schema } from '../support/openapi.ts';

interface Known {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const MOST_CHARACTERS = 60;
const MOST_ITEMS = 4;

/** Assertions about what stands around are more than a generator of strings can do: those are filtered. */
const matching = (pattern: string): fc.Arbitrary<string> => {
  const plain = pattern.replace(/\(\?![^)]*\)/g, '');
  const whole = new RegExp(pattern);
  return fc.stringMatching(new RegExp(plain)).filter((text) => whole.test(text));
};

const textOf = ({ pattern, format, minLength = 0, maxLength = Infinity }: Known) => {
  if (format === 'uri') return fc.webUrl({ validSchemes: ['https'] });
  if (pattern !== undefined) return matching(pattern).filter((text) => text.length <= maxLength);
  const most = Math.max(minLength, Math.min(maxLength, MOST_CHARACTERS));
  return fc.string({ unit: 'grapheme', minLength, maxLength: most });
};

const numberOf = ({ type, minimum = 0, maximum = 1_000 }: Known) =>
  type === 'integer'
    ? fc.integer({ min: minimum, max: Math.min(maximum, 2 ** 31 - 1) })
    : fc.double({ min: minimum, max: maximum, noNaN: true });

const objectOf = ({ properties = {}, required = [] }: Known): fc.Arbitrary<unknown> =>
  fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, fitting(schema)])),
    { requiredKeys: [...required], noNullPrototype: true },
  );

const anyOf = (schemas: readonly Schema[]): fc.Arbitrary<unknown> =>
  fc.oneof(...schemas.map(fitting));

/** Not every value that fits, only such: the bounds are those that matter to a fuzzer. */
export const fitting = (schema: Schema): fc.Arbitrary<unknown> => {
  const known: Known = schema;
  const name = known.$ref?.split('/').at(-1);
  if (name !== undefined) return fitting(openapi.components.schemas[name] ?? {});
  if (known.enum !== undefined) return fc.constantFrom(...known.enum);
  if ('const' in known) return fc.constant(known.const);
  const choices = known.anyOf ?? known.oneOf;
  if (choices !== undefined) return anyOf(choices);
  switch (known.type) {
    case 'string':
      return textOf(known);
    case 'integer':
    case 'number':
      return numberOf(known);
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const { minItems = 0, maxItems = MOST_ITEMS, items = {} } = known;
      const maxLength = Math.max(minItems, Math.min(maxItems, MOST_ITEMS));
      return fc.array(fitting(items), { minLength: minItems, maxLength });
    }
    case 'object':
      return objectOf(known);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
};
