/** What a reload must not lose: which uploads were started here, and which were put away. */

export interface RememberedUpload {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** When it was chosen. */
  readonly at: number;
  /** Of the file, with its name and size: by these it is known again. Absent in what older versions left. */
  readonly lastModified?: number | undefined;
}

export interface Memory {
  readonly uploads: () => readonly RememberedUpload[];
  readonly find: (id: string) => RememberedUpload | undefined;
  readonly isHidden: (id: string) => boolean;
  remember(upload: RememberedUpload): void;
  /** Never shown again on this device; the upload itself is left as it is. */
  hide(id: string): void;
}

interface Kept {
  readonly uploads: readonly RememberedUpload[];
  readonly hidden: readonly string[];
}

const KEY = 'sluice.uploads.v1';
/** Newest first; what falls out is still in the list that the API gives. */
const MOST_UPLOADS = 100;
const MOST_HIDDEN = 1_000;

const isUpload = (value: unknown): value is RememberedUpload =>
  typeof value === 'object' &&
  value !== null &&
  'id' in value &&
  typeof value.id === 'string' &&
  'name' in value &&
  typeof value.name === 'string' &&
  'size' in value &&
  typeof value.size === 'number' &&
  'at' in value &&
  typeof value.at === 'number';

const arrayIn = (value: unknown, field: string): readonly unknown[] => {
  const found: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return Array.isArray(found) ? found : [];
};

/** Whatever stands in the storage, also of another version or damaged by hand, becomes something usable. */
const read = (storage: Storage | undefined): Kept => {
  let kept: unknown;
  try {
    kept = JSON.parse(storage?.getItem(KEY) ?? 'null');
  } catch {
    kept = null;
  }
  return {
    uploads: arrayIn(kept, 'uploads').filter(isUpload),
    hidden: arrayIn(kept, 'hidden').filter((id) => typeof id === 'string'),
  };
};

/** A browser may refuse storage altogether; then a reload finds what the API lists. */
const openStorage = (): Storage | undefined => {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
};

export const openMemory = (storage: Storage | undefined = openStorage()): Memory => {
  // Read anew for every change: other tabs write here too.
  const change = (next: (kept: Kept) => Kept) => {
    try {
      storage?.setItem(KEY, JSON.stringify(next(read(storage))));
    } catch {
      // Full or refused: the page works on, and a reload finds what the API lists.
    }
  };
  return {
    uploads: () => read(storage).uploads,
    find: (id) => read(storage).uploads.find((upload) => upload.id === id),
    isHidden: (id) => read(storage).hidden.includes(id),
    remember(upload) {
      change(({ uploads, hidden }) => ({
        uploads: [upload, ...uploads.filter(({ id }) => id !== upload.id)].slice(0, MOST_UPLOADS),
        hidden,
      }));
    },
    hide(id) {
      change(({ uploads, hidden }) => ({
        uploads: uploads.filter((upload) => upload.id !== id),
        hidden: [id, ...hidden.filter((other) => other !== id)].slice(0, MOST_HIDDEN),
      }));
    },
  };
};

/** Of this very file, as far as a browser tells. */
export const isOf = (
  { name, size, lastModified }: Omit<RememberedUpload, 'id' | 'at'>,
  file: File,
): boolean => file.name === name && file.size === size && file.lastModified === lastModified;
