import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packedJson, unpackedJson } from '../../../shared/adapters/redis/packed-json.ts';
import { readyOf } from '../../../shared/domain/ready-status.ts';
import { documentOf } from '../../../shared/domain/status.ts';
import { processing } from '../../support/factories.ts';

describe('a packed status', () => {
  it('is the same again, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(unpackedJson(packedJson(json))).toBe(json);
      }),
    );
    const all = Array.from({ length: 0x300 }, (_, unit) => String.fromCharCode(unit)).join('');
    const json = JSON.stringify({ [all]: all, name: '{"name":"","rev":,"steps":[' });
    expect(unpackedJson(packedJson(json))).toBe(json);
  });

  it('is less than half as long while steps wait', () => {
    const { json } = readyOf(documentOf(processing()));
    expect(packedJson(json).length).toBeLessThan(json.length / 2);
    expect(packedJson(json)).not.toContain('\n');
  });
});
