import { Code, notFound } from '@telestack/errors';
import { expect, test } from 'vitest';
import { isConnectionError, isRetryable, sqlState, toDatabaseError } from '../src/errors.ts';

const withCode = (code: string, message = 'from the server') => Object.assign(new Error(message), { code });

test.each([
  ['57P01', Code.UNAVAILABLE],
  ['57P03', Code.UNAVAILABLE],
  ['08006', Code.UNAVAILABLE],
  ['53300', Code.UNAVAILABLE],
  ['ECONNREFUSED', Code.UNAVAILABLE],
  ['EPIPE', Code.UNAVAILABLE],
  ['40001', Code.ABORTED],
  ['40P01', Code.ABORTED],
  ['55P03', Code.ABORTED],
  ['54000', Code.INVALID_ARGUMENT],
  ['57014', Code.DEADLINE_EXCEEDED],
  ['53100', Code.RESOURCE_EXHAUSTED],
  ['42601', Code.INTERNAL],
])('%s becomes status %i and keeps its cause', (code, status) => {
  const error = withCode(code);
  const mapped = toDatabaseError(error);
  expect(mapped.code).toBe(status);
  expect(mapped.cause).toBe(error);
});

test('an internal error says nothing of the inside', () => {
  expect(toDatabaseError(withCode('42601', 'syntax error at "secret"')).message).toBe('Internal error.');
});

test('the SQLSTATE is found through the mapping, and Node codes are none', () => {
  expect(sqlState(toDatabaseError(withCode('40001')))).toBe('40001');
  expect(sqlState(withCode('EPIPE'))).toBeUndefined();
  expect(sqlState('text')).toBeUndefined();
});

test('what is retryable: contention and lost connections', () => {
  expect(isRetryable(toDatabaseError(withCode('40P01')))).toBe(true);
  expect(isRetryable(new Error('Connection terminated unexpectedly'))).toBe(true);
  expect(isRetryable(withCode('23505'))).toBe(false);
  expect(isConnectionError(withCode('40P01'))).toBe(false);
});

test('a status error passes unchanged', () => {
  const error = notFound('No such document.');
  expect(toDatabaseError(error)).toBe(error);
});
