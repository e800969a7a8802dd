/** Each step live: the events of one upload are told by the test, one change at a time. */
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { createSluice } from '../../client/sluice.ts';
import type { StepStatus, UploadStatus } from '../../shared/domain/status.ts';
import { startScriptedServer } from '../support/scripted-server.ts';
import { eventually } from './desk.ts';
import { photoFile } from './files.ts';
import { picture, preview, STORY_MS, type Stage } from './stage.ts';

/** What listens gets no event but those that are told here. */
const createTeller = async () => {
  const lines: ServerResponse[] = [];
  const server = await startScriptedServer((_, line) => {
    line.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    lines.push(line);
  });
  return {
    ...server,
    isHeard: () => lines.length > 0,
    tell({ rev, ...status }: UploadStatus) {
      const data = JSON.stringify({ rev, ...status });
      for (const line of lines) line.write(`id: ${rev}\nevent: status\ndata: ${data}\n\n`);
    },
  };
};

const ID = /\/uploads\/(upl_\w+)\/events$/;

const queued = ({ name, version, lane, needs }: StepStatus): StepStatus => ({
  ...{ name, version, lane, needs },
  state: 'queued',
  attempts: 0,
  files: [],
});

export const testSteps = (stage: Stage): void => {
  test(
    'each step is seen waiting, running and done while the file is still processed, and its end is said aloud',
    async () => {
      const desk = await stage.open();
      const { page, card } = desk;
      const teller = await createTeller();
      await page.route('**/follow/**', (route) =>
        route.continue({ url: `${teller.url}${new URL(route.request().url()).pathname}` }),
      );

      try {
        await desk.choose(await photoFile('live.jpg'));
        await eventually(teller.isHeard).toBe(true);
        const [{ path, headers }] = teller.requests as [(typeof teller.requests)[0]];
        const session = String(headers.authorization).replace('Bearer ', '');
        const ended = await createSluice({ url: stage.stack.httpUrl, session }).follow(
          ID.exec(path)?.[1] ?? '',
        );
        const names = ended.steps.map(({ name }) => name);
        const at = names.indexOf('image-thumbnail');
        /** The one step as it is then, with the others still waiting. */
        const tell = (one: Partial<StepStatus>, progress: number) => {
          const steps = ended.steps.map((step, index) =>
            index === at ? { ...queued(step), ...one } : queued(step),
          );
          // Newer than what was announced, older than the end.
          const rev = ended.rev - 1 + progress / 100;
          teller.tell({ ...ended, state: 'processing', rev, progress, steps });
        };
        const all = card('live.jpg').locator('.step');
        const seen = () => all.evaluateAll((steps) => steps.map(({ dataset }) => dataset.state));
        const expected = (state: string) =>
          names.map((_, index) => (index === at ? state : 'queued'));

        tell({}, 10);
        await eventually(seen).toEqual(expected('queued'));
        tell({ state: 'running', attempts: 1 }, 15);
        await eventually(seen).toEqual(expected('running'));
        await picture(desk, 'step-running');
        tell({ ...ended.steps[at] }, 40);
        await eventually(seen).toEqual(expected('succeeded'));
        expect(await card('live.jpg').locator('.state').textContent()).toBe('Processing');
        expect(await card('live.jpg').locator('.progress').textContent()).toBe(
          `1 of ${names.length} steps done`,
        );
        expect(await card('live.jpg').locator('progress').getAttribute('value')).toBe('0.4');
        expect(await preview(desk, 'live.jpg', 'image-thumbnail').count()).toBe(1);
        teller.tell(ended);

        await desk.reads('live.jpg', 'Done');
        await eventually(seen).toEqual(ended.steps.map(({ state }) => state));
        await eventually(() => page.locator('#announcer').textContent()).toBe('live.jpg: done.');
      } finally {
        await teller.close();
      }
    },
    STORY_MS,
  );
};
