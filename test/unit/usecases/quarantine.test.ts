/** What is found infected, or was not found clean, is handed out by nobody. */
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { manifestKey } from '../../../shared/domain/object-key.ts';
import { statusOf } from '../../../shared/domain/status.ts';
import type { MalwareScanner } from '../../../shared/ports/malware-scanner.ts';
import { malwareScan } from '../../../shared/processors/malware-scan.ts';
import { createReadResults } from '../../../shared/usecases/read-results.ts';
import { EICAR, EICAR_NAME, eicarScanner } from '../../support/eicar.ts';
import { createMemoryWorld, drain, drainFor, PRINCIPAL } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const MINUTE = 60_000;

const maker = processor('maker', {
  lane: 'heavy',
  run: async ({ emit }) => {
    await emit('copy.txt', Buffer.from('derived'), 'text/plain');
    return {};
  },
});

const setup = async (content: string | Buffer, scanner?: MalwareScanner) => {
  const processors = [malwareScan, maker];
  const world = createMemoryWorld({ processors, ...(scanner === undefined ? {} : { scanner }) });
  const { id, submit } = await world.announce(content);
  submit();
  await drain(world);
  const link = () =>
    createReadResults(world.deps).link(PRINCIPAL, {
      uploadId: id,
      step: 'maker',
      name: 'copy.txt',
    });
  const upload = async () => {
    const found = await world.store.find(id);
    if (found === undefined) throw new Error('It is gone.');
    return found;
  };
  /** Names of derived files that the status shows, and those that the manifest does. */
  const told = async () => {
    const manifest = world.objects.results().get(manifestKey(id, 1));
    return {
      status: statusOf(await upload()).steps.flatMap(({ files }) => files.map(({ name }) => name)),
      manifest:
        manifest && Buffer.from(manifest.bytes).toString().includes('copy.txt') ? ['copy.txt'] : [],
    };
  };
  return { ...world, world, id, link, upload, told };
};

/** Fails so many times, then finds everything clean. */
const lateScanner = (failures: number): MalwareScanner => {
  let asked = 0;
  return {
    async scan() {
      asked += 1;
      if (asked <= failures) throw new RetryableError('scanner_unavailable');
      return { verdict: 'clean' };
    },
  };
};

describe('the results of a file', () => {
  it('D19: are withheld for ever when it is infected, and everybody is told why', async () => {
    const { upload, link, told, bodies } = await setup(EICAR, eicarScanner());

    const ended = await upload();
    expect(ended).toMatchObject({
      state: 'failed',
      failure: { code: 'infected', step: 'malware-scan' },
      outcomes: {
        maker: { state: 'succeeded' },
        'malware-scan': { attempt: 1, message: expect.stringContaining(EICAR_NAME) },
      },
    });
    expect(await told()).toEqual({ status: [], manifest: [] });
    expect(bodies('notifications')).toMatchObject([{ state: 'failed', code: 'infected' }]);
    await expect(link()).rejects.toMatchObject({ code: 'withheld' });
  });

  it('are withheld until it is clean', async () => {
    const { world, upload, link, told } = await setup('hello', lateScanner(1));

    expect(await upload()).toMatchObject({
      state: 'processing',
      outcomes: { maker: { state: 'succeeded' } },
    });
    expect(await told()).toEqual({ status: [], manifest: [] });
    await expect(link()).rejects.toMatchObject({ code: 'scan_pending' });

    await drainFor(world, 30 * MINUTE);

    expect(await upload()).toMatchObject({ state: 'completed' });
    expect(await told()).toEqual({ status: ['copy.txt'], manifest: ['copy.txt'] });
    expect((await link()).url).toContain('copy.txt');
  });

  it('are withheld when the scanner never answered', async () => {
    const { world, upload, link, told } = await setup('hello', lateScanner(99));

    await drainFor(world, 120 * MINUTE);

    expect(await upload()).toMatchObject({
      state: 'failed',
      failure: { code: 'scanner_unavailable' },
    });
    expect(await told()).toEqual({ status: [], manifest: [] });
    await expect(link()).rejects.toMatchObject({ code: 'withheld' });
  });

  it('are handed out where there is no scanner, which the status says', async () => {
    const { upload, link, told } = await setup(EICAR);

    expect(await upload()).toMatchObject({
      state: 'completed',
      outcomes: { 'malware-scan': { state: 'skipped', code: 'not_configured' } },
    });
    expect(await told()).toEqual({ status: ['copy.txt'], manifest: ['copy.txt'] });
    expect((await link()).url).toContain('copy.txt');
  });

  it('say nothing of themselves to strangers', async () => {
    const { deps, id } = await setup(EICAR, eicarScanner());
    const stranger = { tenant: 'mallory', owner: 'ann' };

    await expect(
      createReadResults(deps).link(stranger, { uploadId: id, step: 'maker', name: 'copy.txt' }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});
