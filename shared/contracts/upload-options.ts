/** Options of an upload: checked once, when a client gives them; everything behind `POST /uploads` may rely on them. */
import * as z from 'zod';
import { parserOf } from '../domain/field-value.ts';
import { patternProblem } from '../domain/pattern.ts';
import {
  FIELD_MATCHES,
  FIELD_TYPES,
  type FieldConstraints,
  type FieldType,
  STRING_FORMATS,
  type TableField,
  type TableSchema,
} from '../domain/table-schema.ts';
import { TYPE_POLICIES, type UploadOptions } from '../domain/upload-options.ts';

/** As JSON. They lie in the row of the upload and travel with every message to a worker. */
export const MAX_OPTIONS_BYTES = 8 * 1024;

const shortText = z.string().max(256);
const length = z.int().min(0).max(1_000_000);

const pattern = z.string().superRefine((text, context) => {
  const problem = patternProblem(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const constraints: z.ZodType<FieldConstraints> = z.strictObject({
  required: z.boolean().optional(),
  unique: z.boolean().optional(),
  minLength: length.optional(),
  maxLength: length.optional(),
  minimum: z.union([z.number(), shortText]).optional(),
  maximum: z.union([z.number(), shortText]).optional(),
  pattern: pattern.optional(),
  enum: z
    .array(z.union([shortText, z.number(), z.boolean()]))
    .min(1)
    .optional(),
});

const TEXTUAL: readonly FieldType[] = ['any', 'string'];
const ORDERED: readonly FieldType[] = [
  ...(['integer', 'number', 'year', 'yearmonth'] as const),
  ...(['date', 'time', 'datetime'] as const),
];

/** Which types a property of a field makes sense for; one that would silently do nothing is a mistake worth telling. */
const ONLY_FOR: readonly (readonly [readonly string[], readonly FieldType[]])[] = [
  [['format'], ['string']],
  [['decimalChar'], ['number']],
  [['groupChar'], ['integer', 'number']],
  [['trueValues', 'falseValues'], ['boolean']],
  [['minLength', 'maxLength', 'pattern'], TEXTUAL],
  [['minimum', 'maximum'], ORDERED],
];

const misfits = (field: TableField): readonly string[] => {
  const { type = 'any' } = field;
  const given = Object.keys({ ...field, ...field.constraints });
  return ONLY_FOR.flatMap(([names, types]) =>
    types.includes(type) ? [] : names.filter((name) => given.includes(name)),
  );
};

/** Bounds are given in the default spelling of their type, whatever the file's own is. */
const isBound = ({ type }: TableField, bound: number | string | undefined): boolean =>
  bound === undefined ||
  ((typeof bound === 'number'
    ? type === 'integer' || type === 'number' || type === 'year'
    : true) &&
    parserOf({ name: '', type })(String(bound)) !== undefined);

const tableField: z.ZodType<TableField> = z
  .strictObject({
    name: z.string().min(1).max(256),
    type: z.enum(FIELD_TYPES).optional(),
    format: z.enum(STRING_FORMATS).optional(),
    constraints: constraints.optional(),
    decimalChar: z.enum(['.', ',']).optional(),
    groupChar: z.enum(['.', ',', ' ', "'"]).optional(),
    trueValues: z.array(shortText).min(1).optional(),
    falseValues: z.array(shortText).min(1).optional(),
  })
  .superRefine((field, context) => {
    const add = (message: string) => context.addIssue({ code: 'custom', message });
    for (const name of misfits(field))
      add(`${name} is not for fields of type ${field.type ?? 'any'}`);
    const { minimum, maximum } = field.constraints ?? {};
    if (!isBound(field, minimum)) add(`minimum is no ${field.type}`);
    if (!isBound(field, maximum)) add(`maximum is no ${field.type}`);
    if (field.type === 'number' && field.groupChar === (field.decimalChar ?? '.'))
      add('groupChar is also decimalChar');
  });

const isEachNameOnce = (fields: readonly TableField[]): boolean =>
  new Set(fields.map(({ name }) => name)).size === fields.length;

const tableSchema: z.ZodType<TableSchema> = z.strictObject({
  fields: z.array(tableField).min(1).refine(isEachNameOnce, 'a name stands twice'),
  fieldsMatch: z.enum(FIELD_MATCHES).optional(),
  missingValues: z.array(shortText).optional(),
});

const tolerance = z.strictObject({
  invalidRows: z.int().min(0).optional(),
  invalidShare: z.number().min(0).max(1).optional(),
});

/** Unknown options are refused: a misspelt one could be the one that matters. */
export const uploadOptions: z.ZodType<UploadOptions> = z
  .strictObject({
    typePolicy: z.enum(TYPE_POLICIES).optional(),
    tableValidation: z
      .strictObject({
        schema: tableSchema,
        header: z.boolean().optional(),
        tolerance: tolerance.optional(),
      })
      .optional(),
    unpack: z
      .literal(true)
      .optional()
      .describe('Each file in a zip becomes an upload of its own; the upload ends when they have.'),
  })
  .refine(
    // Contracts run where there is no Buffer to count bytes with.
    (options) => new TextEncoder().encode(JSON.stringify(options)).length <= MAX_OPTIONS_BYTES,
    `are larger than ${MAX_OPTIONS_BYTES / 1024} KiB`,
  );

/** Options that were checked when they were given, read back where an older version may meet a newer one's. */
export const checkedOptions: z.ZodType<UploadOptions> = z.custom<UploadOptions>(
  (options) => typeof options === 'object' && options !== null && !Array.isArray(options),
);
