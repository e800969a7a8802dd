/** Rebuilds the status view from the state. The view refills itself by polls; this spares the state a storm of them. */
import { documentOf } from '../domain/status.ts';
import { isLive, type Upload } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { StatusBoard } from '../ports/status-board.ts';
import type { UploadPage, UploadStore } from '../ports/upload-store.ts';

export interface RebuildViewDeps {
  readonly store: UploadStore;
  readonly board: StatusBoard;
  readonly clock: Clock;
}

/** All uploads, those of a tenant, or those of one of its owners. */
export interface RebuildTerms {
  readonly tenant?: string | undefined;
  readonly owner?: string | undefined;
  readonly cursor?: string | undefined;
}

export interface RebuildReport {
  readonly shown: number;
  /** The view had a newer one already. */
  readonly newer: number;
  /** Ended so long ago that nobody polls them. */
  readonly old: number;
  readonly done: boolean;
  /** Ask again with it; absent when done, or when nothing was finished yet. */
  readonly cursor?: string | undefined;
  /** The view did not take a document: it is gone, full or too slow. What is done stays done. */
  readonly stoppedBy?: 'view unavailable' | undefined;
}

export type RebuildView = (terms: RebuildTerms, signal: AbortSignal) => Promise<RebuildReport>;

const PAGE = 100;
const PAGES_PER_RUN = 50;
/** One connection takes them one after the other anyway; more at once would only run into its time-out. */
const SHOWN_AT_ONCE = 5;
/** As long as the view keeps what has ended: who polls for longer is answered by the state itself. */
const VIEWED_MS = 24 * 3_600_000;

const createPages =
  ({ store }: RebuildViewDeps, { tenant, owner }: RebuildTerms) =>
  async (cursor: string | undefined): Promise<UploadPage> => {
    if (tenant !== undefined && owner !== undefined) {
      return store.listByOwner({ tenant, owner }, { limit: PAGE, cursor });
    }
    const page = await store.scan(PAGE, cursor);
    const isMeant = (upload: Upload) => tenant === undefined || upload.tenant === tenant;
    return { ...page, uploads: page.uploads.filter(isMeant) };
  };

/** Idempotent, and harmless beside live traffic: the view refuses whatever is older than what it shows. */
export const createRebuildView =
  (deps: RebuildViewDeps): RebuildView =>
  async (terms, signal) => {
    const { board, clock } = deps;
    const pageAt = createPages(deps, terms);
    const counts = { shown: 0, newer: 0, old: 0 };

    const isViewed = (upload: Upload): boolean =>
      isLive(upload) || upload.endedAt > clock.now() - VIEWED_MS;
    const show = async (uploads: readonly Upload[]): Promise<boolean> => {
      const answers = await Promise.all(uploads.map((upload) => board.show(documentOf(upload))));
      counts.shown += answers.filter((answer) => answer === 'shown').length;
      counts.newer += answers.filter((answer) => answer === 'older').length;
      return !answers.includes('unavailable');
    };

    let cursor = terms.cursor;
    const report = (rest: Pick<RebuildReport, 'done' | 'stoppedBy'>): RebuildReport => ({
      ...counts,
      ...(rest.done || cursor === undefined ? {} : { cursor }),
      ...rest,
    });
    for (let pages = 0; pages < PAGES_PER_RUN; pages += 1) {
      const page = await pageAt(cursor);
      const viewed = page.uploads.filter(isViewed);
      for (let first = 0; first < viewed.length; first += SHOWN_AT_ONCE) {
        if (signal.aborted) return report({ done: false });
        const isThere = await show(viewed.slice(first, first + SHOWN_AT_ONCE));
        if (!isThere) return report({ done: false, stoppedBy: 'view unavailable' });
      }
      counts.old += page.uploads.length - viewed.length;
      cursor = page.cursor;
      if (cursor === undefined) return report({ done: true });
    }
    return report({ done: false });
  };
