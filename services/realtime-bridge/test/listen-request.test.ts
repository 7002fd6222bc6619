import { StatusError } from '@telestack/errors';
import { ListenRequest } from '@telestack/protos/google/firestore/v1/firestore.ts';
import { expect, test } from 'vitest';
import { decodeListenRequest } from '../src/wire/listen-request.ts';

const DATABASE = 'projects/p/databases/d';
const field = (tag: number, ...content: number[]): number[] => [tag, content.length, ...content];
const text = (tag: number, value: string): number[] => field(tag, ...Buffer.from(value));

/** A request to listen to a query with `where`: QueryTarget{structured_query{where}} of target 7. */
function request(...where: number[]): Uint8Array {
  const query = field(18, ...field(18, ...field(26, ...where)));
  return Uint8Array.from([...text(10, DATABASE), ...field(18, ...query, 40, 7)]);
}

test('a value that is none is the fault of its target', () => {
  const fieldFilter = field(18, ...field(26));
  const { database, targetChange, fault } = decodeListenRequest(request(...fieldFilter));
  expect(database).toBe(DATABASE);
  expect(targetChange).toMatchObject({
    $case: 'addTarget',
    addTarget: { targetId: 7, targetType: undefined },
  });
  expect(fault?.message).toBe('Cannot convert firestore.v1.Value with type unset.');
});

test('text that is not UTF-8 is refused and not replaced', () => {
  const fieldPath = field(18, ...field(10, ...field(18, 0xff)));
  expect(decodeListenRequest(request(...fieldPath)).fault?.message).toBe('String value is not valid UTF-8.');
});

test('a request without faults has none', () => {
  const removeTarget = ListenRequest.encode({
    ...ListenRequest.create(),
    database: DATABASE,
    targetChange: { $case: 'removeTarget', removeTarget: 7 },
  }).finish();
  expect(decodeListenRequest(removeTarget)).toMatchObject({ targetChange: { removeTarget: 7 } });
  expect(decodeListenRequest(removeTarget).fault).toBeUndefined();
});

test('bytes that are no request are refused', () => {
  expect(() => decodeListenRequest(Uint8Array.from([18, 9, 1]))).toThrow(StatusError);
});
