import { createHash } from 'node:crypto';
import { ListenResponse } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { encodeDocument } from '@telestack/values';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBloomFilter, fillBloomFilter } from '../src/resume/bloom-filter.ts';
import { decodeResumeToken, encodeResumeToken } from '../src/resume/token.ts';
import { documentChangeMessage } from '../src/wire/document-change.ts';
import { mightContain } from './support/listen-client.ts';

const ids = fc.array(fc.integer({ min: 0, max: 0x7fffffff }), { maxLength: 40 });

describe('documentChangeMessage', () => {
  it('is what the generated code encodes', () => {
    fc.assert(
      fc.property(ids, ids, fc.string({ maxLength: 300 }), (targetIds, removedTargetIds, text) => {
        const document = {
          name: 'projects/p/databases/d/documents/a/b',
          fields: { text },
          createTime: 1,
          updateTime: 2,
        };
        const encoded = encodeDocument(document.name, document.fields, 1, 2);
        const message = documentChangeMessage(encoded, targetIds, removedTargetIds);
        const documentChange = { document, targetIds, removedTargetIds };
        const generated = ListenResponse.encode({
          responseType: { $case: 'documentChange', documentChange },
        }).finish();
        expect(Buffer.from(message).equals(Buffer.from(generated))).toBe(true);
      }),
    );
  });
});

describe('bloom filter', () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, i) => `projects/project-1/databases/database-1/documents/coll/doc${i}`);

  // Parameters and bits of the golden files that Google's backend made for the web SDK's tests.
  it('has the bits that the production backend sets', () => {
    expect(fillBloomFilter(names(1), 11, 8)).toEqual({
      bits: { bitmap: Buffer.from('mwE=', 'base64'), padding: 5 },
      hashCount: 8,
    });
    const { bits, hashCount } = createBloomFilter(names(500), 500);
    expect({ bytes: bits!.bitmap.length, padding: bits!.padding, hashCount }).toEqual({
      bytes: 600,
      padding: 7,
      hashCount: 7,
    });
    expect(createHash('sha256').update(bits!.bitmap).digest('hex')).toBe(
      '09a28c7d7a56cb7089c24c1c6ac7a303d5b5d4db7f2e04583a3ecd502dfb1fb1',
    );
  });

  it('contains its names and few others', () => {
    const [inside, outside] = [names(4_000).slice(0, 2_000), names(4_000).slice(2_000)];
    const filter = createBloomFilter(inside, inside.length);
    expect(inside.every((name) => mightContain(filter, name))).toBe(true);
    expect(outside.filter((name) => mightContain(filter, name)).length).toBeLessThan(60);
  });

  it('of nothing has a bit that is not set, so that SDKs use it', () => {
    const filter = createBloomFilter([], 0);
    expect(filter.bits!.bitmap.length * 8 - filter.bits!.padding).toBeGreaterThan(0);
    expect(mightContain(filter, 'projects/p')).toBe(false);
  });
});

describe('resume token', () => {
  it('gives its time back, for its database alone', () => {
    const token = encodeResumeToken('p/d', 1_700_000_000_123_456);
    expect(decodeResumeToken('p/d', token)).toBe(1_700_000_000_123_456);
    expect(decodeResumeToken('p/other', token)).toBeUndefined();
  });

  it('that was changed or is not ours means nothing', () => {
    const token = encodeResumeToken('p/d', 1_700_000_000_123_456);
    for (let i = 0; i < token.length; i++) {
      const changed = Buffer.from(token);
      changed[i]! ^= 1;
      expect(decodeResumeToken('p/d', changed)).toBeUndefined();
    }
    fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeResumeToken('p/d', bytes) === undefined));
  });
});
