import { expect, test } from 'vitest';
import { parseDelivery } from '../src/delivery.ts';

test('reply subjects, old and new form', () => {
  const expected = { streamSequence: 22, consumerSequence: 3 };
  expect(parseDelivery('$JS.ACK.stream.consumer.1.22.3.1700000000000000000.0')).toEqual(expected);
  expect(parseDelivery('$JS.ACK._.hash.stream.consumer.1.22.3.1700000000000000000.0.token')).toEqual(
    expected,
  );
});

test('other subjects are none', () => {
  expect(parseDelivery(undefined)).toBeUndefined();
  expect(parseDelivery('_INBOX.abc')).toBeUndefined();
  expect(parseDelivery('$JS.ACK.stream.consumer.1.x.3.4.0')).toBeUndefined();
});
