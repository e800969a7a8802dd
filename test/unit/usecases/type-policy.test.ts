import { describe, expect, it } from 'vitest';
import type { TypePolicy } from '../../../shared/domain/upload-options.ts';
import { typeVerdict } from '../../../shared/processors/type-verdict.ts';
import { createMemoryWorld, drain } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

/** A JSON file that its client calls a text. */
const setup = (deployment?: TypePolicy) => {
  const other = processor('other');
  const world = createMemoryWorld({
    processors: [other, typeVerdict],
    detectType: async () => ({ type: 'image/png' }),
    ...(deployment === undefined ? {} : { typePolicy: deployment }),
  });
  const process = async (asked?: TypePolicy) => {
    const options = asked === undefined ? undefined : { typePolicy: asked };
    const { id, submit } = await world.announce('hello world', 'hello.txt', options);
    submit();
    await drain(world);
    return world.store.find(id);
  };
  return { ...world, other, process };
};

describe('the type policy of an upload', () => {
  it('reject ends a mislabelled file as failed, and no other step runs or leaves a file', async () => {
    const world = setup();

    const upload = await world.process('reject');

    expect(upload).toMatchObject({
      state: 'failed',
      failure: { code: 'type_mismatch', step: 'type-verdict' },
      outcomes: { other: { state: 'skipped', code: 'dependency_failed' } },
    });
    expect(world.other.runs()).toBe(0);
  });

  it('relabel lets it through under the label of its bytes', async () => {
    const world = setup();

    expect(await world.process('relabel')).toMatchObject({
      state: 'completed',
      outcomes: { 'type-verdict': { result: { verdict: 'relabel', label: 'image/png' } } },
    });
    expect(world.other.runs()).toBe(1);
  });

  it('is accept unless somebody says otherwise, and holds up nothing', async () => {
    const world = setup();

    const upload = await world.process();

    expect(upload).toMatchObject({ state: 'completed' });
    expect(upload).not.toHaveProperty('options');
    expect(upload?.plan.every(({ needs }) => needs.length === 0)).toBe(true);
  });

  it.each<[TypePolicy, TypePolicy | undefined, TypePolicy]>([
    ['reject', undefined, 'reject'],
    ['reject', 'accept', 'reject'],
    ['relabel', 'accept', 'relabel'],
    ['relabel', 'reject', 'reject'],
    ['accept', 'relabel', 'relabel'],
  ])(
    'is the stricter one of %s of the deployment and %s of the upload',
    async (deployment, asked, policy) => {
      const upload = await setup(deployment).process(asked);

      expect(upload?.options).toEqual({ typePolicy: policy });
    },
  );
});
