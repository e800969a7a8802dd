/** What the status-board suite needs of a board, and the small tools its chapters share. */
import { jsonWith } from '../../../shared/domain/ready-status.ts';
import { documentOf, type StatusDocument } from '../../../shared/domain/status.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import type { StatusBell } from '../../../shared/ports/status-bell.ts';
import type { ShownRef, StatusBoard } from '../../../shared/ports/status-board.ts';
import type { BoardEntry, StatusDesk } from '../../../shared/ports/status-desk.ts';
import { awaiting, failed, processing, succeeded } from '../upload-store/stories.ts';

export interface StatusBoardSetup {
  readonly board: StatusBoard;
  readonly desk: StatusDesk;
  readonly bell: StatusBell;
  /** The time the board goes by. */
  now(): number;
  close(): Promise<void>;
}

/** Documents of one upload on its way, oldest first. */
export const story = () => {
  const made = awaiting();
  const started = processing(made);
  const half: Upload = { ...started, rev: 3, outcomes: { digest: succeeded({ sha256: 'ab' }) } };
  const ended = {
    ...started,
    state: 'failed',
    rev: 10,
    endedAt: started.updatedAt + 1,
    outcomes: { ...half.outcomes, profile: failed },
    failure: { code: 'corrupt', message: 'The file is damaged.', step: 'profile' },
  } as Upload;
  return {
    made: documentOf(made),
    started: documentOf(started),
    half: documentOf(half),
    ended: documentOf(ended),
  };
};

/** As a reader sees it: without what was never set. */
export const plain = ({ status }: StatusDocument): unknown => JSON.parse(JSON.stringify(status));
export const statusIn = ({ ready, marks }: BoardEntry): unknown =>
  JSON.parse(jsonWith(ready, marks));

export const refOf = ({ tenant, owner, status }: StatusDocument): ShownRef => ({
  ...{ tenant, owner },
  uploadId: status.id,
});

/** What the chapters ask of a board that is open by the time they run. */
export const toolsOf = (open: () => StatusBoardSetup) => {
  const find = async (tenant: string, owner: string, uploadId: string) =>
    (await open().desk.look({ tenant, owner }, uploadId)).found;
  const entryOf = async ({ tenant, owner, status }: StatusDocument): Promise<BoardEntry> => {
    const entry = await find(tenant, owner, status.id);
    if (typeof entry === 'string') throw new Error(`The board says ${entry}.`);
    return entry;
  };
  const markOf = (document: StatusDocument, steps: readonly string[]) => ({
    ...refOf(document),
    generation: document.status.generation,
    startedAt: open().now(),
    attempt: 2,
    steps,
  });

  return { find, entryOf, markOf };
};
