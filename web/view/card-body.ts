/** What can be opened of an upload: its steps, what they gave, the files they made, its history. */

import type { Api } from '../../client/api.ts';
import { isShownStep } from '../../shared/domain/part.ts';
import { SCAN_STEP } from '../../shared/domain/release.ts';
import type { StepStatus, UploadStatus } from '../../shared/domain/status.ts';
import { element, visible } from '../element.ts';
import type { Entry } from '../entry.ts';
import { placeOf, previewOf } from '../preview/choose.ts';
import { stepTitle } from '../words.ts';
import type { Announcer } from './announcer.ts';
import { createChildrenView } from './children.ts';
import { deleteButton } from './delete-button.ts';
import { filesOf } from './files.ts';
import { historyOf } from './history.ts';
import { stepLines } from './step-lines.ts';

export interface CardBody {
  readonly place: HTMLElement;
  show(entry: Entry): void;
}

export interface CardBodyContext {
  readonly api: Api;
  readonly announcer: Announcer;
  readonly actions: { erase(key: string): void };
}

/** Keeps what is shown for as long as what it shows stays the same, with the focus and all that was opened in it. */
const createKept = (place: HTMLElement) => {
  let shown: string | undefined;
  return (what: string, make: () => readonly HTMLElement[]) => {
    if (what === shown) return;
    shown = what;
    place.replaceChildren(...make());
  };
};

const isScanned = ({ steps }: UploadStatus): boolean =>
  !steps.some(
    ({ name, state }) => name === SCAN_STEP && (state === 'queued' || state === 'running'),
  );

interface ShownPreview {
  readonly section: HTMLElement;
  /** The files that it may show; they come later than the rest where a scan takes longer. */
  readonly files: string;
}

/** A result comes while others are still waited for: it is put in its place and those that are there stay as they are. */
const createPreviews = (place: HTMLElement, context: CardBodyContext) => {
  let generation = 0;
  const shown = new Map<string, ShownPreview>();

  const add = (step: StepStatus, entry: Entry, status: UploadStatus) => {
    const files = step.files.map(({ href }) => href).join();
    const before = shown.get(step.name);
    if (before?.files === files) return;
    const fileName = visible(entry.name);
    const preview = previewOf({ ...context, step, fileName, isScanned: isScanned(status) });
    if (preview === undefined) return;
    before?.section.remove();
    shown.delete(step.name);
    const title = stepTitle(step.name);
    const made = element(
      'section',
      { class: `preview preview-${step.name}`, 'aria-label': `${title} of ${fileName}` },
      element('h4', {}, title),
      preview,
    );
    const next = [...shown].find(([name]) => placeOf(name) > placeOf(step.name))?.[1];
    place.insertBefore(made, next?.section ?? null);
    shown.set(step.name, { section: made, files });
    const inOrder = [...shown].toSorted(([one], [other]) => placeOf(one) - placeOf(other));
    shown.clear();
    for (const [name, one] of inOrder) shown.set(name, one);
  };

  return (entry: Entry, status: UploadStatus) => {
    if (status.generation !== generation) {
      generation = status.generation;
      shown.clear();
      place.replaceChildren();
    }
    for (const step of status.steps) if (isShownStep(step.name)) add(step, entry, status);
  };
};

export const createCardBody = (first: Entry, context: CardBodyContext): CardBody => {
  const steps = element('ol', { class: 'steps', 'aria-label': 'Steps' });
  const previews = element('div', { class: 'previews' });
  const children = createChildrenView(context.api, visible(first.name));
  const files = element('div', {});
  const history = element('div', { class: 'card-foot' });
  const place = element('div', { class: 'card-body', id: `${first.key}-body` });
  place.append(steps, children.place, previews, files, history);
  const showSteps = createKept(steps);
  const showFiles = createKept(files);
  const showHistory = createKept(history);
  const showPreviews = createPreviews(previews, context);

  return {
    place,
    show(entry) {
      const { status } = entry;
      if (status === undefined || status.steps.length === 0) {
        showSteps('', () => []);
        showFiles('', () => []);
        showHistory('', () => []);
        previews.replaceChildren();
        return;
      }
      const fileName = visible(entry.name);
      const { id, rev, state, generation } = status;
      const made = status.steps.flatMap((step) => step.files.map(({ href }) => href));
      const said = status.error?.message;
      const told = status.steps.map(({ outcome: _, ...step }) => step);
      showSteps(JSON.stringify([said, told]), () => stepLines(status.steps, said));
      children.show(status);
      showPreviews(entry, status);
      showFiles(`${generation} ${made.join()}`, () => {
        const list = filesOf(status.steps, { ...context, fileName });
        return list === undefined ? [] : [list];
      });
      showHistory(`${id} ${state === 'processing' ? '' : rev}`, () => [
        historyOf(id, context.api),
        deleteButton(fileName, context.announcer, () => context.actions.erase(first.key)),
      ]);
    },
  };
};
