/** The part of dynalite 4 that we use; it ships no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  type Options = {
    /** LevelDB directory; absent: in memory. */
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  };

  function dynalite(options?: Options): Server;
  export = dynalite;
}
