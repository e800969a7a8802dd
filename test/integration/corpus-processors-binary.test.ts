/** Drives the processors of pictures and archives over the corpus. */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { SkippedError } from '../../shared/domain/errors.ts';
import type { CorpusFile } from '../support/corpus.ts';
import {
  answerOf,
  corpus,
  differences,
  failuresAreNamed,
  files,
  ofKind,
  processor,
  saidOf,
} from '../support/corpus-answers.ts';

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
      const said = await saidOf(subject, file);
      expect(said, file.path).toMatchObject({ error: { code: 'unsupported' } });
      expect((said as { readonly error: unknown }).error).toBeInstanceOf(SkippedError);
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
