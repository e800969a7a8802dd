/** The steps of an upload, each with its state in words. */
import type { StepStatus } from '../../shared/domain/status.ts';
import { element, foreignText } from '../element.ts';
import { type IconName, icon } from '../icons.ts';
import { stepTitle, stepWords } from '../words.ts';

const ICONS: Readonly<Record<StepStatus['state'], IconName>> = {
  queued: 'waiting',
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  skipped: 'skipped',
};

/** What a deployment does not have is no trouble of the file's; what to set up is for those who run it. */
const isNotSetUp = ({ state, error }: StepStatus): boolean =>
  state === 'skipped' && error?.code === 'not_configured';

/** Nothing where the upload as a whole says the same. */
const errorLine = (step: StepStatus, said: string | undefined): HTMLElement | undefined => {
  const { error } = step;
  if (error === undefined || error.message === said || isNotSetUp(step)) return undefined;
  return element(
    'p',
    { class: 'step-error' },
    foreignText(error.message),
    ' ',
    element('code', {}, error.code),
  );
};

/** @param said what already stands above the steps. */
export const stepLine = (
  step: StepStatus,
  said: string | undefined,
  title: string = stepTitle(step.name),
): HTMLLIElement =>
  element(
    'li',
    { class: 'step', 'data-state': step.state },
    icon(ICONS[step.state]),
    element('span', { class: 'step-title' }, title),
    ' ',
    element('span', { class: 'step-words' }, isNotSetUp(step) ? 'not set up' : stepWords(step)),
    errorLine(step, said),
  );
