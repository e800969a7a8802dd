/** Where files come in: dropped anywhere on the page, pasted, or chosen. */
import { canPick, type Intake, intakeOfDrop, intakeOfFiles, pickFiles } from '../intake.ts';
import { byId, inputById } from './page.ts';

const carriesFiles = (transfer: DataTransfer | null): transfer is DataTransfer =>
  transfer?.types.includes('Files') === true;

const UNREADABLE: Intake = {
  files: [],
  leftOut: 'What was given cannot be read. Choose the files instead.',
};

const connectInput = (inputId: string, onIntake: (intake: Intake) => void): HTMLInputElement => {
  const input = inputById(inputId);
  input.addEventListener('change', () => {
    const intake = intakeOfFiles(input.files ?? []);
    // The same file may be chosen again.
    input.value = '';
    onIntake(intake);
  });
  return input;
};

const pick = async (onIntake: (intake: Intake) => void): Promise<void> => {
  const intake = await pickFiles().catch((error: unknown) => {
    reportError(error);
    return UNREADABLE;
  });
  if (intake.files.length > 0 || intake.leftOut !== '') onIntake(intake);
};

/** Enter and leave come for every element on the way: only their balance says whether the pointer is still here. */
const connectDrop = (zone: HTMLElement, onIntake: (intake: Intake) => void) => {
  let inside = 0;
  const mark = (change: number) => {
    inside = change === 0 ? 0 : Math.max(0, inside + change);
    zone.toggleAttribute('data-over', inside > 0);
  };
  document.addEventListener('dragenter', ({ dataTransfer }) => {
    if (carriesFiles(dataTransfer)) mark(1);
  });
  document.addEventListener('dragleave', ({ dataTransfer }) => {
    if (carriesFiles(dataTransfer)) mark(-1);
  });
  document.addEventListener('dragover', (event) => {
    if (!carriesFiles(event.dataTransfer)) return;
    // Without this the browser opens the file in place of the page.
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  document.addEventListener('drop', (event) => {
    if (!carriesFiles(event.dataTransfer)) return;
    event.preventDefault();
    mark(0);
    intakeOfDrop(event.dataTransfer).then(onIntake, (error: unknown) => {
      reportError(error);
      onIntake(UNREADABLE);
    });
  });
};

export const connectDropZone = (zone: HTMLElement, onIntake: (intake: Intake) => void): void => {
  const files = connectInput('files', onIntake);
  const folder = connectInput('folder', onIntake);
  byId('choose-files').addEventListener('click', () => {
    if (canPick()) void pick(onIntake);
    else files.click();
  });
  byId('choose-folder').addEventListener('click', () => folder.click());
  connectDrop(zone, onIntake);
  document.addEventListener('paste', ({ clipboardData }) => {
    const files = [...(clipboardData?.files ?? [])];
    if (files.length > 0) onIntake(intakeOfFiles(files));
  });
};
