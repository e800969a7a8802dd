import { describe, expect, it } from 'vitest';
import type { UploadOptions } from '../../../shared/domain/upload-options.ts';
import { tableValidate } from '../../../shared/processors/table-validate.ts';
import { cause } from '../../support/factories.ts';
import { createMemoryWorld, drain, PRINCIPAL } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const OPTIONS: UploadOptions = {
  typePolicy: 'relabel',
  tableValidation: { schema: { fields: [{ name: 'id', type: 'integer' }] } },
};

const setup = () => {
  const seen: UploadOptions[] = [];
  const run = async ({ options }: { readonly options: UploadOptions }) => {
    seen.push(options);
    return {};
  };
  const world = createMemoryWorld({
    processors: [
      processor('all', { run, options: ['typePolicy', 'tableValidation'] }),
      processor('one', { run, options: ['typePolicy'] }),
      processor('none', { run }),
      processor('asked', { run, onlyWith: 'tableValidation' }),
    ],
  });
  const plan = async (id: string) =>
    (await world.store.find(id))?.plan.map(({ name }) => name) ?? [];
  return { ...world, seen, plan };
};

describe('options of an upload', () => {
  it('reach each processor, as far as it names them', async () => {
    const world = setup();
    const { id, submit } = await world.announce('hello world', 'hello.txt', OPTIONS);
    submit();
    await drain(world);

    const { typePolicy } = OPTIONS;
    expect(world.seen).toEqual([OPTIONS, { typePolicy }, {}, {}]);
    expect(await world.plan(id)).toEqual(['all', 'one', 'none', 'asked']);
  });

  it('are none where none were given, and what waits for one is not planned', async () => {
    const world = setup();
    const { id, submit } = await world.announce();
    submit();
    await drain(world);

    expect(world.seen).toEqual([{}, {}, {}]);
    expect(await world.plan(id)).toEqual(['all', 'one', 'none']);
  });

  it('are none for an object that nobody announced', async () => {
    const world = setup();
    world.put(`incoming/${PRINCIPAL.tenant}/a.txt`, 'hello');
    await drain(world);

    expect(world.seen).toEqual([{}, {}, {}]);
  });

  it('count again when the upload is processed once more', async () => {
    const world = setup();
    const { id, submit } = await world.announce('hello world', 'hello.txt', OPTIONS);
    submit();
    await drain(world);
    await world.reprocess(id, cause());
    await drain(world);

    expect(await world.plan(id)).toContain('asked');
    expect(world.seen.slice(4)).toEqual(world.seen.slice(0, 4));
  });

  it('have a table checked against its schema, from its announcement to the report', async () => {
    const world = createMemoryWorld({
      processors: [tableValidate],
      detectType: async () => ({ type: 'text/csv' }),
    });
    const { id, submit } = await world.announce('id\n1\n=cmd\n', 'a.csv', OPTIONS);
    submit();
    await drain(world);

    expect(await world.store.find(id)).toMatchObject({
      state: 'completed',
      outcomes: {
        'table-validate': {
          result: { accepted: false, reasons: ['invalid_rows'], rows: 2, invalidRows: 1 },
          files: [{ name: 'errors.csv', contentType: 'text/csv; charset=utf-8' }],
        },
      },
    });
  });

  it('are gone once the upload is deleted', async () => {
    const world = setup();
    const { id, submit } = await world.announce('hello world', 'hello.txt', OPTIONS);
    submit();
    await drain(world);
    await world.deleteUpload(PRINCIPAL, id, 'request-9');

    expect(await world.store.find(id)).not.toHaveProperty('options');
  });
});
