/** What the front knows of each table beside dynalite: its keys, its TTL, its backups. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend, Parameters, Parsed } from './backend.ts';

type TableSettings = {
  readonly ttlAttribute?: string | undefined;
  readonly pointInTimeRecovery?: boolean;
};

/** An attribute map as on the wire: name → typed value. */
export type Attributes = Readonly<Record<string, unknown>>;

export type Tables = {
  readonly settingsOf: (table: string) => TableSettings;
  readonly all: () => readonly (readonly [string, TableSettings])[];
  /** Saved before it resolves, where there is a directory. */
  readonly change: (table: string, settings: TableSettings) => Promise<void>;
  readonly forget: (table: string) => Promise<void>;
  /** The names of the key attributes, or dynalite's refusal. */
  readonly keyNames: (table: string) => Promise<readonly string[] | Parsed>;
};

/** Reads the settings kept in `dir`. */
export const openTables = async (backend: Backend, dir: string | undefined): Promise<Tables> => {
  const settings = new Map(dir === undefined ? [] : await load(dir));
  const keys = new Map<string, readonly string[]>();

  const save = async () => {
    if (dir === undefined) return;
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'tables.json.new'), JSON.stringify([...settings]));
    await rename(join(dir, 'tables.json.new'), join(dir, 'tables.json'));
  };

  return {
    settingsOf: (table) => settings.get(table) ?? {},
    all: () => [...settings],
    change: async (table, changes) => {
      settings.set(table, { ...settings.get(table), ...changes });
      await save();
    },
    forget: async (table) => {
      keys.delete(table);
      if (settings.delete(table)) await save();
    },
    keyNames: async (table) => {
      const known = keys.get(table);
      if (known) return known;
      const described = await backend.call('DescribeTable', { TableName: table });
      if (described.error !== undefined) return described;
      const { KeySchema } = described.members.Table as {
        readonly KeySchema: readonly { readonly AttributeName: string }[];
      };
      const names = KeySchema.map(({ AttributeName }) => AttributeName);
      keys.set(table, names);
      return names;
    },
  };
};

/** Picks the key out of a whole row. */
export const pickKey = (names: readonly string[], row: Attributes): Attributes =>
  Object.fromEntries(names.map((name) => [name, row[name]]));

/** The row as it is now; undefined where there is none. */
export const readRow = async (
  backend: Backend,
  TableName: string,
  Key: Attributes,
): Promise<Attributes | undefined> => {
  const parameters: Parameters = { TableName, Key, ConsistentRead: true };
  const { members } = await backend.call('GetItem', parameters);
  return members.Item as Attributes | undefined;
};

const load = async (dir: string): Promise<[string, TableSettings][]> => {
  try {
    return JSON.parse(await readFile(join(dir, 'tables.json'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};
