/** The operator after the storm: the product's own commands, and nothing else. */
import type { Journal } from './journal.ts';
import type { StoredRow } from './rows.ts';
import type { ChaosStack } from './stack.ts';

interface LetterGroup {
  readonly fingerprint: string;
  readonly count: number;
  readonly examples: readonly { readonly messageId: string; readonly uploadId?: string }[];
}

export const createOperator = (stack: ChaosStack, journal: Journal) => {
  const command = async <Answer>(event: object): Promise<Answer | undefined> => {
    const result = await stack.invokeOffline('operate', event);
    if ('functionError' in result) {
      journal.violate(`operate ${JSON.stringify(event)}: ${result.functionError}`);
      return undefined;
    }
    return JSON.parse(result.payload) as Answer;
  };

  const letters = async (): Promise<readonly LetterGroup[]> =>
    (await command<{ groups: LetterGroup[] }>({ command: 'dead-letters' }))?.groups ?? [];

  return {
    command,
    letters,
    /** Redrives every letter, processing once more what failed. Answers how many letters were acted upon. */
    async redriveAll(): Promise<number> {
      let acted = 0;
      for (const { fingerprint } of await letters()) {
        let cursor: string | undefined;
        let done = false;
        while (!done) {
          const terms = { fingerprint, reprocess: true, perSecond: 50 };
          const answer = await command<{
            done: boolean;
            cursor?: string;
            letters: { action: string }[];
          }>({ command: 'redrive', ...terms, ...(cursor === undefined ? {} : { cursor }) });
          done = answer?.done ?? true;
          cursor = answer?.cursor;
          acted += answer?.letters.filter(({ action }) => action !== 'leave').length ?? 0;
        }
      }
      return acted;
    },
    /** Processes once more what the storm, not its bytes, let fail. */
    async reprocess(rows: readonly StoredRow[]): Promise<number> {
      const hurt = rows.filter(
        ({ id, state }) => state === 'failed' && journal.expected.get(id)?.ends === 'completed',
      );
      for (const { id } of hurt) await command({ command: 'reprocess', uploadId: id });
      return hurt.length;
    },
  };
};
