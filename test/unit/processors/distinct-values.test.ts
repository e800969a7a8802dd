/** Of a column without any repetition, the estimate of different values is often larger than the number of values. */
import { describe, expect, it } from 'vitest';
import { EXCEL_TYPES } from '../../../shared/processors/table/sheet.ts';
import type { TableSummary } from '../../../shared/processors/table/summary.ts';
import { tableProfile } from '../../../shared/processors/table-profile.ts';
import { processorInput } from '../../support/processor-input.ts';
import { parquet, rowsXml, workbook } from '../../support/tables.ts';

const ROWS = 5_000;
/** The sketch takes these numbers for 5,168. */
const ids = Array.from({ length: ROWS }, (_, at) => at);
/** Every other one is missing. */
const half = ids.map((id) => (id % 2 === 0 ? id : null));

const FILES: readonly (readonly [string, string, Buffer])[] = [
  [
    'CSV',
    'text/csv',
    Buffer.from(`id,half\n${ids.map((id) => `${id},${half[id] ?? ''}\n`).join('')}`),
  ],
  [
    'JSON Lines',
    'application/x-ndjson',
    Buffer.from(ids.map((id) => `${JSON.stringify({ id, half: half[id] })}\n`).join('')),
  ],
  [
    'Parquet',
    'application/vnd.apache.parquet',
    parquet({
      columnData: [
        { name: 'id', data: ids, type: 'INT32' },
        { name: 'half', data: half, type: 'INT32', nullable: true },
      ],
    }),
  ],
  [
    'a sheet',
    EXCEL_TYPES[0],
    workbook(
      rowsXml([
        ['id', 'half'],
        ...ids.map((id) => [{ number: id }, id % 2 === 0 ? { number: id } : null]),
      ]),
    ),
  ],
];

describe('different values', () => {
  it.each(FILES)('are never more than there are values: %s', async (_, type, bytes) => {
    const { input } = processorInput(tableProfile, bytes, { type, budget: { entries: 100 } });
    const { columnProfiles } = (await tableProfile.run(input)) as TableSummary;

    const [id, other] = columnProfiles;
    expect(id).toMatchObject({ nulls: 0, distinct: ROWS });
    expect(other).toMatchObject({ nulls: ROWS / 2 });
    expect(other!.distinct).toBeLessThanOrEqual(ROWS / 2);
    expect(other!.distinct).toBeGreaterThan(ROWS / 2 - 200);
  });
});
