/** The stores of a world in memory, and what of them a test may let misbehave. */
import { createMemoryClock, type MemoryClock } from '../../shared/adapters/memory/memory-clock.ts';
import { createMemoryContentIndex } from '../../shared/adapters/memory/memory-content-index.ts';
import { createMemoryGroupBoard } from '../../shared/adapters/memory/memory-group-board.ts';
import { createMemoryGroupStore } from '../../shared/adapters/memory/memory-group-store.ts';
import { createMemoryObjectStore } from '../../shared/adapters/memory/memory-object-store.ts';
import { createMemoryStatusBoard } from '../../shared/adapters/memory/memory-status-board.ts';
import { createMemoryUploadStore } from '../../shared/adapters/memory/memory-upload-store.ts';
import { createMemoryWorkQueue } from '../../shared/adapters/memory/memory-work-queue.ts';
import type { EveryonesQuota } from '../../shared/domain/quota.ts';
import type { TypePolicy } from '../../shared/domain/upload-options.ts';
import type { ContentIndex } from '../../shared/ports/content-index.ts';
import type { ObjectEraser, RowEraser } from '../../shared/ports/eraser.ts';
import type { GroupStore } from '../../shared/ports/group-store.ts';
import type { MalwareScanner } from '../../shared/ports/malware-scanner.ts';
import type { ObjectSigner } from '../../shared/ports/object-signer.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import type { StatusBell } from '../../shared/ports/status-bell.ts';
import type { StatusBoard } from '../../shared/ports/status-board.ts';
import type { StatusDesk } from '../../shared/ports/status-desk.ts';
import type { UploadStore } from '../../shared/ports/upload-store.ts';
import type { WorkQueue } from '../../shared/ports/work-queue.ts';
import type { Processor } from '../../shared/processors/processor.ts';
import type { TypeDetector } from '../../shared/usecases/ingest-object.ts';
import { UPLOADS_BUCKET } from './factories.ts';

interface Erasers {
  readonly objectEraser: ObjectEraser;
  readonly rowEraser: RowEraser;
}

export interface WorldOptions {
  readonly clock?: MemoryClock;
  readonly processors?: readonly Processor[];
  readonly detectType?: TypeDetector;
  readonly maxObjectBytes?: number;
  readonly maxFileBytes?: number;
  readonly everyonesQuota?: EveryonesQuota;
  readonly uploadsBucket?: string;
  readonly typePolicy?: TypePolicy;
  /** None, unless named: nothing is scanned. */
  readonly scanner?: MalwareScanner;
  /** What of a port misbehaves; what is not named works. */
  readonly store?: (store: UploadStore) => Partial<UploadStore>;
  readonly groups?: (groups: GroupStore) => Partial<GroupStore>;
  readonly contents?: (contents: ContentIndex) => Partial<ContentIndex>;
  readonly queue?: (queue: WorkQueue) => Partial<WorkQueue>;
  readonly objects?: (objects: ObjectStore & ObjectSigner) => Partial<ObjectStore & ObjectSigner>;
  readonly board?: (board: StatusBoard) => Partial<StatusBoard>;
  readonly desk?: (desk: StatusDesk) => Partial<StatusDesk>;
  readonly bell?: (bell: StatusBell) => Partial<StatusBell>;
  readonly erasers?: (erasers: Erasers) => Partial<Erasers>;
  /** S3 tells nobody about new objects. */
  readonly losesEvents?: boolean;
}

export const createPorts = (options: WorldOptions) => {
  const clock = options.clock ?? createMemoryClock();
  const queue = createMemoryWorkQueue({ clock });
  const store = createMemoryUploadStore();
  const board = createMemoryStatusBoard(clock);
  const groups = createMemoryGroupStore();
  const groupBoard = createMemoryGroupBoard(clock);
  const objects = createMemoryObjectStore({
    clock,
    uploadsBucket: options.uploadsBucket ?? UPLOADS_BUCKET,
    onRecord: (record) => {
      const isAnnounced =
        options.losesEvents !== true && record.eventName.startsWith('ObjectCreated');
      if (isAnnounced) queue.deliver('upload-events', JSON.stringify({ Records: [record] }));
    },
  });
  const contents = createMemoryContentIndex();
  return { clock, queue, store, board, groups, groupBoard, contents, objects };
};
