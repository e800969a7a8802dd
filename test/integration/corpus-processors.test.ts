/** Drives the processors of text, tables and digests over the corpus. */
import { expect, it } from 'vitest';
import { readCorpusFile } from '../support/corpus.ts';
import {
  answerOf,
  corpus,
  differences,
  failuresAreNamed,
  files,
  ofKind,
  processor,
} from '../support/corpus-answers.ts';

corpus('sha256-digest over the corpus', () => {
  it('gets every digest and size right', async () => {
    for (const file of files) {
      const answer = await answerOf(processor('sha256-digest'), file);
      expect(answer, file.path).toMatchObject({
        result: { sha256: file.sha256, bytes: file.bytes },
      });
    }
  });
});

corpus('table-profile over the corpus', () => {
  it('gets the shape of every table right', async () => {
    const misses: string[] = [];
    for (const file of ofKind('csv', 'csv-invalid').filter(
      (table) => table.expect.records !== undefined,
    )) {
      const answer = await answerOf(processor('table-profile'), file);
      // Without a comma in it and without a name, a text is a text: an empty file is no table.
      if (answer === undefined && file.expect.class === 'degrade') continue;
      const found = differences(file.expect, answer, {
        records: 'records',
        columns: 'columns',
        delimiter: 'delimiter',
        columns_min: 'columnsMin',
        columns_max: 'columnsMax',
        blank_lines: 'blankLines',
        nul_bytes: 'nulBytes',
      });
      if (answer !== undefined && 'result' in answer) {
        const { rows, records, header, ragged, encoding } = answer.result;
        if (rows !== Number(records) - (header ? 1 : 0)) misses.push(`${file.path}: rows ${rows}`);
        if ((ragged !== 0) !== file.expect.ragged) misses.push(`${file.path}: ragged ${ragged}`);
        const expected = String(file.expect.encoding)
          .toLowerCase()
          .replace('iso-8859-1', 'windows-1252');
        if (encoding !== expected) misses.push(`${file.path}: encoding ${encoding}`);
        if (file.expect.class === 'process' && !header) misses.push(`${file.path}: no header`);
      }
      misses.push(...found.map((difference) => `${file.path}: ${difference}`));
    }

    expect(misses).toEqual([]);
  });
});

corpus('table-profile over workbooks and Parquet', () => {
  it('counts the rows of every first sheet, and reads a Parquet file', async () => {
    const misses: string[] = [];
    for (const file of ofKind('office', 'office-invalid')) {
      const answer = await answerOf(processor('table-profile'), file);
      if (answer === undefined) continue;
      failuresAreNamed(answer);
      if (file.expect.sheet1_rows === undefined) continue;
      const found = differences(file.expect, answer, { sheet1_rows: 'records' });
      misses.push(...found.map((difference) => `${file.path}: ${difference}`));
    }
    for (const file of files.filter(({ path }) => path.endsWith('.parquet'))) {
      const answer = await answerOf(processor('table-profile'), file);
      if (answer === undefined || 'error' in answer || answer.result.rows === 0) {
        misses.push(`${file.path}: no rows`);
      }
    }

    expect(misses).toEqual([]);
  });
});

corpus('text-stats over the corpus', () => {
  it('gets lines and characters of every encoding right', async () => {
    const misses: string[] = [];
    for (const file of ofKind('text-encoding')) {
      const answer = await answerOf(processor('text-stats'), file);
      if (answer === undefined && file.expect.encoding === 'UTF-32LE') continue;
      const found = differences(file.expect, answer, { lines: 'lines', chars: 'characters' });
      misses.push(...found.map((difference) => `${file.path}: ${difference}`));
    }

    expect(misses).toEqual([]);
  });

  it('ends with a result or a named failure on every file that it takes', async () => {
    for (const file of files) {
      const answer = await answerOf(processor('text-stats'), file);
      if (answer !== undefined) failuresAreNamed(answer);
    }
  });
});

corpus('type-verdict over the corpus', () => {
  it('accepts every honest name, and relabels the file that has another', async () => {
    const misses: string[] = [];
    for (const file of files) {
      const answer = await answerOf(processor('type-verdict'), file);
      const verdict = answer !== undefined && 'result' in answer ? answer.result.verdict : answer;
      const isHonest = file.expect.class === 'process';
      const isMislabelled = file.expect.class === 'mismatch';
      if (isHonest && verdict !== 'accept') misses.push(`${file.path}: ${verdict}`);
      if (isMislabelled && verdict !== 'relabel') misses.push(`${file.path}: ${verdict}`);
    }

    expect(misses).toEqual([]);
  });
});

corpus('json-check over the corpus', () => {
  it('tells valid JSON from invalid', async () => {
    const misses: string[] = [];
    for (const file of ofKind('json', 'json-invalid')) {
      const answer = await answerOf(processor('json-check'), file);
      const { json_valid: isValid } = file.expect;
      if (answer === undefined || isValid === null) continue;
      failuresAreNamed(answer);
      if ('result' in answer !== isValid) misses.push(`${file.path}: valid is ${isValid}`);
    }

    expect(misses).toEqual([]);
  });
});

corpus('xml-check over the corpus', () => {
  it('tells well-formed documents from others, and refuses entities', async () => {
    const misses: string[] = [];
    for (const file of ofKind('xml', 'xml-hostile', 'svg', 'svg-hostile')) {
      const answer = await answerOf(processor('xml-check'), file);
      const { well_formed: isWellFormed, class: kind } = file.expect;
      if (answer === undefined) continue;
      failuresAreNamed(answer);
      const isAccepted = 'result' in answer;
      const declaresEntities = readCorpusFile(file).includes('<!ENTITY');
      if (declaresEntities && isAccepted) misses.push(`${file.path}: entities`);
      if (isWellFormed === false && isAccepted && kind !== 'degrade')
        misses.push(`${file.path}: accepted`);
      if (isWellFormed === true && !declaresEntities && !isAccepted)
        misses.push(`${file.path}: refused`);
    }

    expect(misses).toEqual([]);
  });
});
