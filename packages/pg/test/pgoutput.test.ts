import { describe, expect, test } from 'vitest';
import { formatLsn, PgOutputDecoder, type PgOutputMessage, parseLsn, UNCHANGED } from '../src/index.ts';
import { decodeFrame, encodeStatus } from '../src/replication/frames.ts';

// Recorded from PostgreSQL 18: CREATE TABLE notes (id int PRIMARY KEY, body text, mood mood);
// CREATE TABLE whole (a int, b text) with REPLICA IDENTITY FULL.
const NOTES =
  '52000040057075626c6963006e6f746573006400030169640000000017ffffffff00626f64790000000019ffffffff006d6f6f640000004002ffffffff';
const WHOLE = '520000400d7075626c69630077686f6c650066000201610000000017ffffffff01620000000019ffffffff';

const bytes = (hex: string) => Buffer.from(hex, 'hex');

/** Decodes all and returns the last. */
function decode(...hex: string[]): PgOutputMessage {
  const decoder = new PgOutputDecoder();
  return hex.map((message) => decoder.decode(bytes(message))).at(-1)!;
}

describe('recorded messages', () => {
  test('begin and commit', () => {
    expect(decode('4200000000018fc7a8000303c4ac916f85000002f3')).toEqual({
      tag: 'begin',
      finalLsn: 0x18fc7a8n,
      commitTime: 1_795_252_973_817_733,
      xid: 755,
    });
    expect(decode('430000000000018fc7a800000000018fc7d8000303c4ac916f85')).toMatchObject({
      tag: 'commit',
      commitLsn: 0x18fc7a8n,
      endLsn: 0x18fc7d8n,
    });
  });

  test('relation', () => {
    expect(decode(NOTES)).toEqual({
      tag: 'relation',
      relation: {
        oid: 16389,
        schema: 'public',
        name: 'notes',
        replicaIdentity: 'd',
        columns: [
          { name: 'id', isKey: true, typeOid: 23, typeModifier: -1 },
          { name: 'body', isKey: false, typeOid: 25, typeModifier: -1 },
          { name: 'mood', isKey: false, typeOid: 16386, typeModifier: -1 },
        ],
      },
    });
  });

  test('type', () => {
    expect(decode('59000040027075626c6963006d6f6f6400')).toEqual({
      tag: 'type',
      oid: 16386,
      schema: 'public',
      name: 'mood',
    });
  });

  test('insert, with UTF-8 and null', () => {
    const first = '49000040054e0003740000000131740000000b6772c3b6c39f6520e298837400000004676c6164';
    expect(decode(NOTES, first)).toMatchObject({ tag: 'insert', new: ['1', 'größe ☃', 'glad'] });
    expect(decode(NOTES, '49000040054e00037400000001327400000001786e')).toMatchObject({
      relation: { name: 'notes' },
      new: ['2', 'x', null],
    });
  });

  test('update that leaves a large value alone', () => {
    expect(decode(NOTES, '55000040054e0003740000000133757400000004676c6164')).toMatchObject({
      tag: 'update',
      key: null,
      old: null,
      new: ['3', UNCHANGED, 'glad'],
    });
  });

  test('update of the key', () => {
    const update = '55000040054b00037400000001326e6e4e00037400000001347400000001786e';
    expect(decode(NOTES, update)).toMatchObject({ key: ['2', null, null], old: null, new: ['4', 'x', null] });
  });

  test('update and delete with the whole old row', () => {
    const update = '550000400d4f000274000000013174000000036f6c644e000274000000013174000000036e6577';
    expect(decode(WHOLE, update)).toMatchObject({ key: null, old: ['1', 'old'], new: ['1', 'new'] });
    expect(decode(WHOLE, '440000400d4f000274000000013174000000036e6577')).toMatchObject({
      tag: 'delete',
      key: null,
      old: ['1', 'new'],
    });
  });

  test('delete with the key', () => {
    expect(decode(NOTES, '44000040054b00037400000001316e6e')).toMatchObject({
      tag: 'delete',
      key: ['1', null, null],
      old: null,
    });
  });

  test('truncate of several tables', () => {
    expect(decode(NOTES, WHOLE, '540000000203000040050000400d')).toMatchObject({
      tag: 'truncate',
      relations: [{ name: 'notes' }, { name: 'whole' }],
      cascade: true,
      restartIdentity: true,
    });
  });

  test('message', () => {
    const hex = '4d0100000000018fc6386d657461000000000668c3a46c6c6f';
    expect(decode(hex)).toEqual({
      tag: 'message',
      transactional: true,
      lsn: 0x18fc638n,
      prefix: 'meta',
      content: new TextEncoder().encode('hällo'),
    });
  });

  test('origin', () => {
    expect(decode('4f00000000000000ff7265706c69636100')).toEqual({
      tag: 'origin',
      lsn: 255n,
      name: 'replica',
    });
  });
});

describe('what is not the protocol', () => {
  test.each([
    ['an unknown type', ['5a']],
    ['an unknown relation', ['44000040054b00037400000001316e6e']],
    ['a message that ends early', ['4200000000018fc7a8']],
    ['a length beyond the end', [NOTES, '49000040054e000374ffffffff31']],
    ['bytes left over', ['4200000000018fc7a8000303c4ac916f85000002f300']],
    ['an empty message', ['']],
  ])('%s is an error', (_what, hex) => {
    expect(() => decode(...hex)).toThrow();
  });
});

test('decoded messages share no memory with their bytes', () => {
  const buffer = bytes('4d0100000000018fc6386d657461000000000668c3a46c6c6f');
  const message = new PgOutputDecoder().decode(buffer);
  buffer.fill(0);
  expect(message).toMatchObject({ prefix: 'meta', content: new TextEncoder().encode('hällo') });
});

describe('frames', () => {
  test('data and keepalive', () => {
    expect(
      decodeFrame(bytes(`77${'0000000000000001'}${'0000000000000002'}${'0000000000000003'}4142`)),
    ).toEqual({
      kind: 'data',
      startLsn: 1n,
      endLsn: 2n,
      payload: bytes('4142'),
    });
    expect(decodeFrame(bytes(`6b${'0000000100000002'}${'0000000000000003'}01`))).toEqual({
      kind: 'keepalive',
      endLsn: 0x1_0000_0002n,
      wantsReply: true,
    });
    expect(() => decodeFrame(bytes('78'))).toThrow();
  });

  test('status', () => {
    const now = Date.UTC(2000, 0, 1) + 1;
    expect(encodeStatus({ received: 3n, confirmed: 2n, now, wantsReply: true }).toString('hex')).toBe(
      `72${'0000000000000003'}${'0000000000000002'}${'0000000000000002'}${'00000000000003e8'}01`,
    );
  });
});

test('log positions', () => {
  expect(parseLsn('16/B374D848')).toBe(0x16_b374d848n);
  expect(formatLsn(0x16_b374d848n)).toBe('16/B374D848');
  expect(formatLsn(0n)).toBe('0/0');
  expect(() => parseLsn('16')).toThrow();
});
