/** The way back to a file after a reload, in browsers that have one: its handle, kept in IndexedDB. All of it may fail and is then asked for again. */

/** Not in TypeScript's library: the permission of a handle is Chromium's so far. */
export interface FileHandle extends FileSystemFileHandle {
  queryPermission?(wanted: { readonly mode: 'read' }): Promise<PermissionState>;
  requestPermission?(wanted: { readonly mode: 'read' }): Promise<PermissionState>;
}

export interface Handles {
  keep(id: string, handle: FileHandle): Promise<void>;
  find(id: string): Promise<FileHandle | undefined>;
  drop(id: string): Promise<void>;
  /** Forgets all others. */
  keepOnly(ids: ReadonlySet<string>): Promise<void>;
}

const NAME = 'sluice';
const STORE = 'handles';

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const open = async (): Promise<IDBDatabase> => {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return answerOf(request);
};

export const openHandles = (): Handles => {
  let database: Promise<IDBDatabase> | undefined;
  /** A browser may refuse storage, or know no handles: then nothing is kept and nothing found. */
  const inStore = async <T>(
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T | undefined> => {
    try {
      database ??= open();
      return await answerOf(act((await database).transaction(STORE, mode).objectStore(STORE)));
    } catch {
      return undefined;
    }
  };
  const drop = async (id: string) => {
    await inStore('readwrite', (store) => store.delete(id));
  };
  return {
    async keep(id, handle) {
      await inStore('readwrite', (store) => store.put(handle, id));
    },
    async find(id) {
      const found: unknown = await inStore('readonly', (store) => store.get(id));
      return typeof found === 'object' && found !== null ? (found as FileHandle) : undefined;
    },
    drop,
    async keepOnly(ids) {
      const kept = (await inStore('readonly', (store) => store.getAllKeys())) ?? [];
      await Promise.all(kept.map(String).map((id) => (ids.has(id) ? undefined : drop(id))));
    },
  };
};

/**
 * The file, if the page may read it.
 * @param mayAsk a hand has just pressed a button, so the browser may ask whose it is.
 */
export const fileOf = async (handle: FileHandle, mayAsk: boolean): Promise<File | undefined> => {
  const wanted = { mode: 'read' } as const;
  try {
    const known = (await handle.queryPermission?.(wanted)) ?? 'granted';
    const permission =
      known === 'prompt' && mayAsk ? await handle.requestPermission?.(wanted) : known;
    return permission === 'granted' ? await handle.getFile() : undefined;
  } catch {
    // It was moved or deleted, or the browser did not even ask.
    return undefined;
  }
};
