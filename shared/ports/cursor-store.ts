/** Where a bounded job stopped, so that its next run goes on from there. Losing one only repeats work. */
export interface CursorStore {
  read(job: string): Promise<string | undefined>;
  /** `undefined` starts over. */
  keep(job: string, cursor: string | undefined): Promise<void>;
}
