/**
 * What a client may demand of a table: a Table Schema (of the Data Package standard) cut down to what one pass over
 * a stream can check, and how much may be wrong before the table is not accepted.
 */

export const FIELD_TYPES = [
  'any',
  'string',
  'integer',
  'number',
  'boolean',
  'date',
  'time',
  'datetime',
  'year',
  'yearmonth',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** Of strings only; all other types have their default format. */
export const STRING_FORMATS = ['default', 'email', 'uri', 'uuid'] as const;
export type StringFormat = (typeof STRING_FORMATS)[number];

/** How the columns of the table go with the fields: by their order when `exact`, else by name. */
export const FIELD_MATCHES = ['exact', 'equal', 'subset', 'superset', 'partial'] as const;
export type FieldMatch = (typeof FIELD_MATCHES)[number];

export interface FieldConstraints {
  readonly required?: boolean | undefined;
  readonly unique?: boolean | undefined;
  /** In code points. */
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  /** A number for numeric types, else text of the field's type. */
  readonly minimum?: number | string | undefined;
  readonly maximum?: number | string | undefined;
  /** Matches the whole value; `domain/pattern.ts` says which patterns there are. */
  readonly pattern?: string | undefined;
  /** Values as they stand in the file. */
  readonly enum?: readonly (string | number | boolean)[] | undefined;
}

export interface TableField {
  readonly name: string;
  readonly type?: FieldType | undefined;
  readonly format?: StringFormat | undefined;
  readonly constraints?: FieldConstraints | undefined;
  readonly decimalChar?: '.' | ',' | undefined;
  readonly groupChar?: '.' | ',' | ' ' | "'" | undefined;
  readonly trueValues?: readonly string[] | undefined;
  readonly falseValues?: readonly string[] | undefined;
}

export interface TableSchema {
  readonly fields: readonly TableField[];
  /** `exact`, if nothing is said. */
  readonly fieldsMatch?: FieldMatch | undefined;
  /** Values that count as none; the empty one, if nothing is said. */
  readonly missingValues?: readonly string[] | undefined;
}

/** The table is accepted up to and with these; without any, no row may be invalid. */
export interface Tolerance {
  readonly invalidRows?: number | undefined;
  /** Of all rows, 0 to 1. When both are named, both must hold. */
  readonly invalidShare?: number | undefined;
}

export interface TableValidation {
  readonly schema: TableSchema;
  /** Whether the first record of lines and sheets holds the names of the columns; it does, if nothing is said. */
  readonly header?: boolean | undefined;
  readonly tolerance?: Tolerance | undefined;
}
