/** The same profile by others, as programs in text: their packages lie in folders of their own. */

/** One profiler for what splits records into strings: extremes of numbers by value, of all else as text. */
const PROFILER = `
const columns = [];
let rows = -1;
const take = (record) => {
  rows += 1;
  if (rows === 0) { for (const _ of record) columns.push({ nulls: 0, min: null, max: null, low: Infinity, high: -Infinity, text: false }); return; }
  for (let at = 0; at < record.length; at += 1) {
    const column = columns[at], value = record[at];
    if (value === '') { column.nulls += 1; continue; }
    if (!column.text) {
      const number = +value;
      if (number === number) { if (number < column.low) column.low = number; if (number > column.high) column.high = number; continue; }
      column.text = true;
    }
    if (column.min === null || value < column.min) column.min = value;
    if (column.max === null || value > column.max) column.max = value;
  }
};
const done = (report) => report({ rows, columns: columns.map((c) => ({ nulls: c.nulls, min: c.text ? c.min : c.low, max: c.text ? c.max : c.high })) });
`;

const REPORT = `
const { createReadStream } = require('node:fs');
const path = process.argv[2], before = process.cpuUsage();
const report = (profiled) => {
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(JSON.stringify({ ...profiled, cpuSeconds: (user + system) / 1e6, peakRssMb: process.resourceUsage().maxRSS / 1000 }), () => process.exit(0));
};
const open = () => createReadStream(path, { highWaterMark: 1 << 20 });
`;

const COLUMNS = [
  'id',
  'customer',
  'city',
  'amount',
  'quantity',
  'day',
  'created',
  'active',
  'code',
  'note',
];
const AGGREGATES = COLUMNS.map(
  (name, at) => `count("${name}") c${at}, min("${name}") a${at}, max("${name}") b${at}`,
);

export const PROGRAMS = {
  '@duckdb/node-api': `${REPORT}
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '400MB' });
  const connection = await instance.connect();
  const sql = "SELECT count(*) n, ${AGGREGATES.join(', ').replaceAll('"', '\\"')} FROM read_csv('" + path + "', header = true)";
  const [row] = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  const rows = Number(row.n);
  report({ rows, columns: ${JSON.stringify(COLUMNS)}.map((_, at) => ({ nulls: rows - Number(row['c' + at]), min: row['a' + at], max: row['b' + at] })) });
})();`,
  'csv-parse': `${REPORT}${PROFILER}
const { parse } = require('csv-parse');
const parser = open().pipe(parse());
parser.on('data', take).on('end', () => done(report));`,
  papaparse: `${REPORT}${PROFILER}
const stream = open().setEncoding('utf8');
require('papaparse').parse(stream, { chunk: ({ data }) => { for (const record of data) if (record.length > 1) take(record); }, complete: () => done(report) });`,
} as const;
