/** Judges one file by the class that the manifest puts it in. */
import type { StepFailed } from '../../shared/domain/plan.ts';
import type { Driven } from './drive.ts';
import { differences, factsOf } from './facts.ts';
import type { CorpusFile } from './manifest.ts';
import type { Run } from './pool.ts';

const MiB = 1024 ** 2;
/** What a worker and all that it starts may take. */
export const CAP_MIB = 512;

export interface Judgement {
  readonly path: string;
  readonly class: string;
  /** None: it is right. */
  readonly misses: readonly string[];
  /** Expected numbers that no step answers, where the class does not ask for them. */
  readonly unread: readonly string[];
  readonly ms: number;
  readonly peakBytes: number;
}

/** Codes that say something about the file. All others mean that something of ours went wrong. */
const CLEAR: ReadonlySet<string> = new Set(['corrupt', 'unsupported', 'encrypted', 'over_budget']);

/** Steps that look at every file, and so say nothing about what it is. */
const EVERYWHERE: ReadonlySet<string> = new Set([
  'malware-scan',
  'sha256-digest',
  'type-verdict',
  'text-stats',
]);

const failuresOf = ({ outcomes }: Driven): readonly (StepFailed & { readonly step: string })[] =>
  Object.entries(outcomes).flatMap(([step, outcome]) =>
    outcome.state === 'failed' ? [{ ...outcome, step }] : [],
  );

/** A step that was skipped says why it did not read the file. */
const readers = ({ outcomes }: Driven): readonly string[] =>
  Object.keys(outcomes).filter(
    (step) => !EVERYWHERE.has(step) && outcomes[step]?.state !== 'skipped',
  );

/** What holds for every file, whatever its class. */
const always = (file: CorpusFile, driven: Driven): readonly string[] => {
  const misses: string[] = [...driven.leaks, ...driven.escapes];
  const { state, type, outcomes } = driven;
  if (state !== 'completed' && state !== 'failed') misses.push(`it ended as ${state}`);
  const digest = outcomes['sha256-digest'];
  const { sha256, bytes } = (digest?.state === 'succeeded' ? digest.result : {}) as {
    readonly sha256?: string;
    readonly bytes?: number;
  };
  if (sha256 !== file.sha256 || bytes !== file.bytes) misses.push('digest or size is wrong');
  const accepted = file.expect.mime_accept;
  const isAccepted =
    !Array.isArray(accepted) || accepted.some((mime) => String(mime).toLowerCase() === type);
  if (!isAccepted) misses.push(`type ${type} is not ${accepted.join(' or ')}`);
  for (const { step, code, attempt } of failuresOf(driven)) {
    if (!CLEAR.has(code)) misses.push(`${step} failed with ${code}`);
    if (attempt !== 1) misses.push(`${step} took ${attempt} attempts`);
  }
  return misses;
};

const told = (failures: readonly StepFailed[]): string =>
  failures.map(({ code, message }) => `${code} (${message})`).join('; ');

/** Steps for sounds and videos are optional, and what may only be called a stream of bytes is for no step to read. */
const mayStayUnread = ({ kind, expect: { mime_accept: accepted } }: CorpusFile): boolean =>
  /^(?:audio|video)/.test(kind) ||
  (Array.isArray(accepted) && accepted.every((mime) => mime === 'application/octet-stream'));

/** Every number right. A step beside those that answer them may fail: it is not what was asked. */
const judgeProcess = (file: CorpusFile, driven: Driven): readonly string[] => {
  const found = differences(file, factsOf(driven));
  const { wrong } = found;
  const unread = mayStayUnread(file) ? [] : found.unread;
  if (wrong.length + unread.length === 0) return [];
  const failures = failuresOf(driven);
  const why =
    failures.length > 0
      ? told(failures)
      : readers(driven).length === 0
        ? `no step reads ${driven.type}`
        : 'no step tells';
  return [...wrong, ...(unread.length > 0 ? [`${unread.join(', ')}: ${why}`] : [])];
};

/** A clear failure, or no step that claims to read it. */
const judgeReject = (file: CorpusFile, driven: Driven): readonly string[] => {
  const isRefused = failuresOf(driven).length > 0 || readers(driven).length === 0;
  return isRefused || file.bytes === 0 ? [] : [`${readers(driven).join(', ')} took it`];
};

/** The right numbers, or a clear failure. */
const judgeDegrade = (file: CorpusFile, driven: Driven): readonly string[] =>
  failuresOf(driven).length > 0 ? [] : differences(file, factsOf(driven)).wrong;

/** What stays hidden in a hostile archive would be the miss; anything else hostile must only do no harm. */
const judgeHostile = (file: CorpusFile, driven: Driven): readonly string[] => {
  const isArchive = driven.outcomes['archive-listing']?.state === 'succeeded';
  const entities = /xml/.test(file.kind) && driven.outcomes['xml-check']?.state === 'succeeded';
  return [
    ...(isArchive ? differences(file, factsOf(driven)).wrong : []),
    ...(entities ? ['xml-check took it'] : []),
    ...(file.kind === 'polyglot' && driven.type === 'text/html'
      ? ['it would be served as a page']
      : []),
  ];
};

const judgeMismatch = (_: CorpusFile, { outcomes }: Driven): readonly string[] => {
  const verdict = outcomes['type-verdict'];
  const result = verdict?.state === 'succeeded' ? (verdict.result as { verdict?: string }) : {};
  return result.verdict === 'accept' ? ['the wrong name was accepted'] : [];
};

type Judge = (file: CorpusFile, driven: Driven) => readonly string[];

const JUDGES: Readonly<Record<string, Judge>> = {
  process: judgeProcess,
  degrade: judgeDegrade,
  reject: judgeReject,
  // Bounded success is as good as a failure: what it took is measured for every file.
  limit: () => [],
  hostile: judgeHostile,
  optional: judgeDegrade,
  mismatch: judgeMismatch,
  'mime-only': () => [],
};

const judgeRun = (file: CorpusFile, { driven, died }: Run): readonly string[] => {
  if (driven === undefined) return [died ?? 'it did not end'];
  const judge = JUDGES[file.expect.class];
  if (judge === undefined) return [`there is no rule for the class ${file.expect.class}`];
  return [...always(file, driven), ...judge(file, driven)];
};

export const judge = (file: CorpusFile, run: Run): Judgement => {
  const { ms, peakBytes, driven } = run;
  const misses = [...judgeRun(file, run)];
  if (peakBytes > CAP_MIB * MiB) misses.push(`it took ${Math.ceil(peakBytes / MiB)} MiB`);
  const isAsked = file.expect.class === 'process' || driven === undefined;
  const unread = isAsked ? [] : differences(file, factsOf(driven)).unread;
  return { path: file.path, class: file.expect.class, misses, unread, ms, peakBytes };
};

/** Shares of right files below which a class fails the run; what is hostile must never be missed. */
const BARS: Readonly<Record<string, number>> = {
  process: 0.97,
  reject: 1,
  limit: 1,
  hostile: 1,
};
const OTHER_BAR = 0.97;

export interface ClassReport {
  readonly class: string;
  readonly files: number;
  readonly right: number;
  readonly bar: number;
  readonly met: boolean;
}

export const reportByClass = (judgements: readonly Judgement[]): readonly ClassReport[] => {
  const classes = [...new Set(judgements.map((judgement) => judgement.class))].sort();
  return classes.map((name) => {
    const ofClass = judgements.filter((judgement) => judgement.class === name);
    const right = ofClass.filter(({ misses }) => misses.length === 0).length;
    const bar = BARS[name] ?? OTHER_BAR;
    return { class: name, files: ofClass.length, right, bar, met: right / ofClass.length >= bar };
  });
};
