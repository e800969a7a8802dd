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

/** Nothing where the upload as a whole says the same. */
const errorLine = ({ error }: StepStatus, said: string | undefined): HTMLElement | undefined =>
  error === undefined || error.message === said
    ? undefined
    : element(
        'p',
        { class: 'step-error' },
        foreignText(error.message),
        ' ',
        element('code', {}, error.code),
      );

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
    element('span', { class: 'step-words' }, stepWords(step)),
    errorLine(step, said),
  );
