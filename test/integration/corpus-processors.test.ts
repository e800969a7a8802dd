/** Drives the processors over files whose numbers were collected with independent tools. */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { detectType, HEAD_BYTES } from '../../shared/detection/detect-type.ts';
import type { Budget } from '../../shared/domain/budget.ts';
import { NonRetryableError, SkippedError } from '../../shared/domain/errors.ts';
import { planFor } from '../../shared/domain/plan.ts';
import type { Processor } from '../../shared/processors/processor.ts';
import { processorNamed } from '../../shared/processors/registry.ts';
import { type CorpusFile, corpusFiles, readCorpusFile } from '../support/corpus.ts';
import { type EmittedFile, processorInput } from '../support/processor-input.ts';

const files = corpusFiles();
/** Skipped, and said so by the runner, where no corpus lies beside the checkout. */
const corpus = describe.skipIf(files.length === 0);

type Answer =
  | {
      readonly result: Readonly<Record<string, unknown>>;
      readonly files: ReadonlyMap<string, EmittedFile>;
    }
  | { readonly error: unknown };

const processor = (name: string): Processor => {
  const found = processorNamed(name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
};

/** What the processor answers, or undefined when the type is none that it takes. */
const answerOf = async (
  subject: Processor,
  file: CorpusFile,
  budget: Partial<Budget> = {},
): Promise<Answer | undefined> => {
  const bytes = readCorpusFile(file);
  const name = file.original_name;
  const { type } = await detectType(bytes.subarray(0, HEAD_BYTES), bytes.length, name);
  if (planFor({ type, size: 1 }, [subject]).length === 0) return undefined;
  const { input, files: written } = processorInput(subject, bytes, { type, name, budget });
  try {
    return { result: (await subject.run(input)) as Record<string, unknown>, files: written };
  } catch (error) {
    return { error };
  }
};

const failuresAreNamed = (answer: Answer): void => {
  if ('error' in answer) expect(answer.error).toBeInstanceOf(NonRetryableError);
};

/** Differences between what was expected of a file and what was answered, as one line, or none. */
const differences = (
  expected: Readonly<Record<string, unknown>>,
  answer: Answer | undefined,
  names: Readonly<Record<string, string>>,
): readonly string[] => {
  if (answer === undefined) return ['not planned'];
  if ('error' in answer) return [String(answer.error)];
  return Object.entries(names)
    .filter(
      ([theirs, ours]) =>
        expected[theirs] !== undefined && expected[theirs] !== answer.result[ours],
    )
    .map(([theirs, ours]) => `${theirs} ${expected[theirs]} but ${ours} ${answer.result[ours]}`);
};

const ofKind = (...kinds: readonly string[]) => files.filter(({ kind }) => kinds.includes(kind));

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

corpus('image-thumbnail over the corpus', () => {
  const subject = processor('image-thumbnail');
  const images = files.filter(({ kind }) =>
    /^(jpeg|png|webp|gif|avif|tiff|bomb-image|polyglot)/.test(kind),
  );

  it('gets the size of every sound image right and shows it upright', async () => {
    const misses: string[] = [];
    for (const file of images.filter(({ expect: expected }) => expected.class === 'process')) {
      const answer = await answerOf(subject, file);
      const found = differences(file.expect, answer, {
        width: 'width',
        height: 'height',
        frames: 'frames',
        exif_orientation: 'orientation',
        displayed_width: 'displayedWidth',
        displayed_height: 'displayedHeight',
      });
      misses.push(...found.map((difference) => `${file.path}: ${difference}`));
      if (answer === undefined || 'error' in answer) continue;
      const { displayedWidth, displayedHeight } = answer.result;
      const isUpright = Number(displayedWidth) >= Number(displayedHeight);
      for (const { bytes } of answer.files.values()) {
        const { width = 0, height = 0 } = await sharp(bytes).metadata();
        if (width >= height !== isUpright) misses.push(`${file.path}: ${width} by ${height}`);
      }
    }

    expect(misses).toEqual([]);
  });

  it('refuses damaged images and bombs with a name for it', async () => {
    const misses: string[] = [];
    for (const file of images.filter(({ expect: { class: kind } }) => kind !== 'process')) {
      const answer = await answerOf(subject, file);
      if (answer === undefined) continue;
      failuresAreNamed(answer);
      if (file.expect.class === 'reject' && 'result' in answer)
        misses.push(`${file.path} was accepted`);
    }

    expect(misses).toEqual([]);
  });

  it('leaves no metadata and no byte of a hidden payload in a thumbnail', async () => {
    for (const file of images) {
      const answer = await answerOf(subject, file);
      if (answer === undefined || 'error' in answer) continue;
      for (const { bytes } of answer.files.values()) {
        const { exif, xmp, iptc, icc } = await sharp(bytes).metadata();
        expect([exif, xmp, iptc, icc], file.path).toEqual([
          undefined,
          undefined,
          undefined,
          undefined,
        ]);
        expect(/<\?php|\/etc\/passwd/.test(bytes.toString('latin1')), file.path).toBe(false);
      }
    }
  });

  it('skips what its decoder has no codec for, and draws every sound drawing', async () => {
    for (const file of ofKind('heic')) {
      const answer = await answerOf(subject, file);
      expect(answer, file.path).toMatchObject({ error: { code: 'unsupported' } });
      expect((answer as { readonly error: unknown }).error).toBeInstanceOf(SkippedError);
    }
    for (const file of ofKind('svg')) {
      expect(await answerOf(subject, file), file.path).toMatchObject({
        result: { width: file.expect.width, height: file.expect.height },
      });
    }
  });

  it('D10: ends every hostile drawing with a picture or a name', async () => {
    for (const file of ofKind('svg-hostile')) {
      const answer = await answerOf(subject, file, { wallSeconds: 2 });
      if (answer === undefined) continue;
      failuresAreNamed(answer);
      if (file.expect.class === 'reject') expect(answer, file.path).toHaveProperty('error');
    }
  });

  it('writes the same bytes each time', async () => {
    const digests = async (file: CorpusFile) => {
      const answer = await answerOf(subject, file);
      if (answer === undefined || 'error' in answer) return [];
      return [...answer.files.values()].map(({ bytes }) =>
        createHash('sha256').update(bytes).digest('hex'),
      );
    };
    for (const file of ofKind('jpeg', 'webp'))
      expect(await digests(file)).toEqual(await digests(file));
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

corpus('archive-listing over the corpus', () => {
  const archives = ofKind(
    'zip',
    'zip-invalid',
    'tar',
    'tar-invalid',
    'archive-hostile',
    'bomb-archive',
    'compressed',
    'compressed-invalid',
  );

  it('counts the entries of every sound and every hostile archive', async () => {
    const misses: string[] = [];
    for (const file of archives.filter(
      ({ expect: { class: kind } }) => kind === 'process' || kind === 'hostile',
    )) {
      const answer = await answerOf(processor('archive-listing'), file);
      if (answer === undefined) continue;
      const found = differences(file.expect, answer, {
        entries: 'entries',
        uncompressed_bytes: 'uncompressedBytes',
        symlink_entries: 'symlinks',
        hardlink_entries: 'hardlinks',
      });
      misses.push(...found.map((difference) => `${file.path}: ${difference}`));
      if ('error' in answer) continue;
      const { dangers, encrypted } = answer.result as {
        dangers: Record<string, number>;
        encrypted: number;
      };
      if (file.expect.has_traversal === true && !dangers.traversal)
        misses.push(`${file.path}: traversal`);
      if (file.expect.entries_encrypted === true && encrypted === 0)
        misses.push(`${file.path}: encrypted`);
    }

    expect(misses).toEqual([]);
  });

  it('refuses damaged archives and bombs with a name for it', async () => {
    const misses: string[] = [];
    for (const file of archives.filter(
      ({ expect: { class: kind } }) => kind !== 'process' && kind !== 'hostile',
    )) {
      const answer = await answerOf(processor('archive-listing'), file);
      if (answer === undefined) continue;
      failuresAreNamed(answer);
      if (file.expect.class === 'reject' && 'result' in answer)
        misses.push(`${file.path} was accepted`);
    }

    expect(misses).toEqual([]);
  });
});
