/** The story of an upload, told from its own rows: every change with its cause, over all generations. */
import type { FailureCode } from './errors.ts';
import type { StepOutcome } from './plan.ts';
import type { TimelineEntry, Upload, UploadState } from './upload.ts';

export interface HistoryEntry {
  readonly at: string;
  readonly generation: number;
  readonly event: TimelineEntry['event'] | 'step_ended' | 'superseded';
  /** The invocation that did it. */
  readonly requestId?: string | undefined;
  readonly attempt?: number | undefined;
  readonly state?: UploadState | StepOutcome['state'] | undefined;
  readonly step?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly code?: FailureCode | undefined;
  /** Of a step that nobody worked for, because the same bytes came to it before. */
  readonly reused?: true | undefined;
}

type Moment = Omit<HistoryEntry, 'at'> & { readonly at: number };

const isEnd = ({ event }: Moment): boolean => event === 'ended' || event === 'superseded';

const changesOf = (upload: Upload): readonly Moment[] => [
  ...upload.timeline.filter(
    ({ generation }) => generation === upload.generation || generation === 0,
  ),
  ...upload.plan.flatMap(({ name }): Moment[] => {
    const outcome = upload.outcomes[name];
    if (outcome === undefined) return [];
    const { at, requestId, attempt, state, durationMs } = outcome;
    const { generation } = upload;
    const hasSucceeded = outcome.state === 'succeeded';
    const code = hasSucceeded ? undefined : outcome.code;
    const isReused = hasSucceeded && outcome.reused !== undefined;
    return [
      {
        at,
        generation,
        event: 'step_ended',
        step: name,
        state,
        requestId,
        attempt,
        durationMs,
        code,
        ...(isReused ? { reused: true as const } : {}),
      },
    ];
  }),
];

/**
 * @param current the upload as it is.
 * @param archived its earlier generations, oldest first; one that was still running was superseded.
 * @returns entries in the order of time; within one millisecond, in the order of generations, each with its end last.
 */
export const historyOf = (
  current: Upload,
  archived: readonly Upload[],
): readonly HistoryEntry[] => {
  const moments = [...archived, current].flatMap((upload, index) => {
    const changes = changesOf(upload).filter(({ generation }) => index === 0 || generation > 0);
    if (upload === current || upload.state !== 'processing') return changes;
    const at = (archived[index + 1] ?? current).timeline.find(
      ({ generation }) => generation === upload.generation + 1,
    )?.at;
    const { generation } = upload;
    return at === undefined
      ? changes
      : [...changes, { at, generation, event: 'superseded' } as const];
  });
  return moments
    .sort(
      (left, right) =>
        left.at - right.at ||
        left.generation - right.generation ||
        Number(isEnd(left)) - Number(isEnd(right)),
    )
    .map((moment) => ({ ...moment, at: new Date(moment.at).toISOString() }));
};
