import { describe, expect, it } from 'vitest';
import { tellChildren } from '../../../shared/domain/children.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import { cause, ended, processing, T0 } from '../../support/factories.ts';

const told = (upload: Upload, some: { generation?: number; ended: number }) =>
  tellChildren(upload, { generation: 1, ...some }, { at: T0 + 5_000, cause: cause() });

describe('how many children have ended', () => {
  const upload = processing({ generation: 1, childrenEnded: 3 });

  it('only grows, whoever tells it last', () => {
    expect(told(upload, { ended: 4 })).toMatchObject({
      next: { childrenEnded: 4, rev: upload.rev + 1, updatedAt: T0 + 5_000 },
    });
    expect(told(upload, { ended: 3 })).toEqual({ refused: 'duplicate' });
    expect(told(upload, { ended: 2 })).toEqual({ refused: 'duplicate' });
    expect(told(processing({ generation: 1 }), { ended: 0 })).toEqual({ refused: 'duplicate' });
  });

  it('is nothing to another generation, and nothing after the end', () => {
    expect(told(upload, { generation: 2, ended: 4 })).toEqual({ refused: 'superseded' });
    expect(told(ended('completed', { generation: 1 }), { ended: 4 })).toEqual({
      refused: 'already_ended',
    });
  });
});
