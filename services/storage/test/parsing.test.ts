import { describe, expect, test } from 'vitest';
import { parseContentRange } from '../src/cloud/content-range.ts';
import { applyPatch, newMetadata, parsePatch } from '../src/http/metadata.ts';
import { parseRange } from '../src/http/range.ts';
import { successor } from '../src/objects/list.ts';
import { bucketName, objectPath } from '../src/objects/names.ts';
import { metadataOfStored, storeHeaders } from '../src/objects/store-headers.ts';

describe('names of objects', () => {
  test.each(['a', 'a/b.txt', 'folder/', 'ä/€/😀', 'a b', '...', `${'x'.repeat(255)}/${'y'.repeat(255)}`])(
    '%s',
    (name) => {
      expect(objectPath(name)).toBe(name);
      expect(objectPath(`/${name}`)).toBe(name);
    },
  );

  test.each([
    '',
    '/',
    '//',
    'a//b',
    '.',
    '..',
    '../etc/passwd',
    'a/../b',
    'a/./b',
    'a/..',
    'line\nbreak',
    'nul\0',
    '\ud800',
    'x'.repeat(256),
    'abcd/'.repeat(205),
  ])('refused: %j', (name) => {
    expect(() => objectPath(name)).toThrow(expect.objectContaining({ code: 3 }));
  });

  test('1,024 bytes are the most', () => {
    expect(objectPath(`${'abc/'.repeat(255)}abcd`)).toHaveLength(1024);
    expect(() => objectPath(`${'abc/'.repeat(255)}abcde`)).toThrow('maximum object name length is 1024');
  });
});

test('names of buckets', () => {
  for (const name of ['demo.appspot.com', 'my_bucket-1', 'abc']) expect(bucketName(name)).toBe(name);
  for (const name of ['', 'a', 'Upper', '../x', 'a..b', '-a-', 'a/b', 'x'.repeat(300)])
    expect(() => bucketName(name)).toThrow('Invalid bucket name');
});

test('Range: one range or none', () => {
  expect(parseRange('bytes=0-9', 100)).toEqual({ start: 0, end: 9 });
  expect(parseRange('bytes=90-', 100)).toEqual({ start: 90, end: 99 });
  expect(parseRange('bytes=-10', 100)).toEqual({ start: 90, end: 99 });
  expect(parseRange('bytes=-1000', 100)).toEqual({ start: 0, end: 99 });
  expect(parseRange('bytes=0-1000', 100)).toEqual({ start: 0, end: 99 });
  for (const none of [undefined, 'bytes=9-1', 'bytes=0-1,3-4', 'items=0-1', 'bytes=-'])
    expect(parseRange(none, 100)).toBeUndefined();
  for (const header of ['bytes=100-', 'bytes=-0']) expect(parseRange(header, 100)).toBe('unsatisfiable');
  expect(parseRange('bytes=0-5', 0)).toBeUndefined();
});

test('Content-Range of resumable uploads', () => {
  expect(parseContentRange('bytes 0-9/100')).toEqual({ start: 0, end: 9, total: 100 });
  expect(parseContentRange('bytes 5-*/*')).toEqual({ start: 5, end: undefined, total: undefined });
  expect(parseContentRange('bytes */100')).toEqual({ start: undefined, end: undefined, total: 100 });
  expect(parseContentRange('bytes */*')).toEqual({ start: undefined, end: undefined, total: undefined });
  expect(parseContentRange(undefined)).toBeUndefined();
  for (const bad of ['bytes 9-0/10', 'bytes', 'bytes a-b/c', '0-9/10'])
    expect(() => parseContentRange(bad)).toThrow('Content-Range');
});

describe('metadata', () => {
  test('a patch changes what it names, and null removes', () => {
    const before = { contentType: 'text/plain', cacheControl: 'no-store', custom: { a: '1', b: '2' } };
    const patch = parsePatch({ cacheControl: null, contentLanguage: 'de', metadata: { a: null, c: 3 } });
    expect(applyPatch(before, patch)).toEqual({
      contentType: 'text/plain',
      contentLanguage: 'de',
      custom: { b: '2', c: '3' },
    });
    expect(applyPatch(before, parsePatch({ metadata: null, contentType: null }))).toMatchObject({
      contentType: 'application/octet-stream',
      cacheControl: 'no-store',
      custom: {},
    });
  });

  test('download tokens are not custom metadata', () => {
    const patch = parsePatch({ metadata: { firebaseStorageDownloadTokens: 'x,y', a: 'b' } });
    expect(patch.downloadTokens).toEqual(['x', 'y']);
    expect(newMetadata(patch, undefined)).toEqual({
      contentType: 'application/octet-stream',
      custom: { a: 'b' },
    });
  });

  test.each([
    { contentType: 7 },
    { contentType: 'a\r\nb: c' },
    { metadata: [] },
    { metadata: { a: 'x'.repeat(9_000) } },
    { metadata: { a: 'nul\0' } },
    { cacheControl: 'x'.repeat(2_000) },
  ])('refused: %j', (resource) => {
    expect(() => parsePatch(resource)).toThrow(expect.objectContaining({ code: 3 }));
  });

  test.each<Record<string, string>>([{ plain: 'value' }, { Größe: '10 €', Upper: 'x' }, { empty: '' }, {}])(
    'passes through headers of the stored object: %j',
    (custom) => {
      const metadata = { contentType: 'image/png', cacheControl: 'max-age=5', custom };
      expect(metadataOfStored(storeHeaders(metadata))).toEqual(metadata);
    },
  );
});

test('the successor of a prefix is the least string behind all that begin with it', () => {
  expect(successor('a/')).toBe('a0');
  expect(successor('a\u{10ffff}')).toBe('b');
  expect(successor('\ud7ff')).toBe('\ue000');
  expect(successor('')).toBeUndefined();
});
