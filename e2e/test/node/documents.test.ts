import { FieldPath, FieldValue, GeoPoint, Timestamp } from '@google-cloud/firestore';
import { expect, it } from 'vitest';
import { admin, fill } from '../support/admin.ts';
import { describeTarget, freshProject, isEmulator } from '../support/target.ts';

describeTarget('documents through @google-cloud/firestore', () => {
  it('creates, reads, updates and deletes', async () => {
    const document = admin().doc('users/alice');
    expect((await document.get()).exists).toBe(false);
    const created = await document.create({ name: 'Alice', visits: 1 });
    const read = await document.get();
    expect(read.data()).toEqual({ name: 'Alice', visits: 1 });
    expect(read.createTime?.isEqual(created.writeTime)).toBe(true);
    await document.update({ visits: 2 });
    const updated = await document.get();
    expect(updated.data()).toEqual({ name: 'Alice', visits: 2 });
    expect(updated.createTime?.isEqual(created.writeTime)).toBe(true);
    expect(updated.updateTime!.valueOf() > created.writeTime.valueOf()).toBe(true);
    await document.delete();
    expect((await document.get()).exists).toBe(false);
  });

  it('returns every type as it was written', async () => {
    const firestore = admin();
    const data = {
      null: null,
      boolean: true,
      integer: 42,
      negative: -7,
      double: 1.5,
      integral: 10,
      nan: Number.NaN,
      infinity: Number.NEGATIVE_INFINITY,
      string: 'héllo \u{1f600} \u0000 end',
      bytes: Buffer.from([0, 1, 254, 255]),
      timestamp: Timestamp.fromMillis(1_700_000_000_123),
      geo: new GeoPoint(52.5, -13.4),
      reference: firestore.doc('users/bob'),
      array: [1, 'two', { three: [3] }],
      map: { nested: { deep: true }, $int: 'not a tag', 'a.b': 1 },
      vector: FieldValue.vector([1, 2.5, -3]),
      empty: { map: {}, array: [], string: '' },
    };
    const document = firestore.doc('types/all');
    await document.set(data);
    expect((await document.get()).data()).toEqual(data);
  });

  it('keeps 64-bit integers exact', async () => {
    const document = admin({ useBigInt: true }).doc('numbers/big');
    const data = { max: 2n ** 63n - 1n, min: -(2n ** 63n), odd: 2n ** 53n + 1n };
    await document.set(data);
    expect((await document.get()).data()).toEqual(data);
  });

  it('merges fields, and masks with quoted paths', async () => {
    const document = admin().doc('users/carol');
    await document.set({ a: 1, b: { c: 2, d: 3 } });
    await document.set({ b: { c: 4 } }, { merge: true });
    expect((await document.get()).data()).toEqual({ a: 1, b: { c: 4, d: 3 } });
    await document.set({ a: 9, b: { d: 9 } }, { mergeFields: ['b.d'] });
    expect((await document.get()).data()).toEqual({ a: 1, b: { c: 4, d: 9 } });
    await document.update(new FieldPath('odd.field', '`tick`'), 1, 'b.c', FieldValue.delete());
    expect((await document.get()).data()).toEqual({ a: 1, b: { d: 9 }, 'odd.field': { '`tick`': 1 } });
  });

  it('holds preconditions', async () => {
    const firestore = admin();
    const document = firestore.doc('users/dave');
    await expect(document.update({ a: 1 })).rejects.toMatchObject({
      code: 5,
      message: expect.stringContaining(isEmulator ? 'no entity to update' : 'No document to update'),
    });
    const { writeTime } = await document.create({ a: 1 });
    await expect(document.create({ a: 2 })).rejects.toMatchObject({ code: 6 });
    await document.update({ a: 3 }, { lastUpdateTime: writeTime });
    await expect(document.update({ a: 4 }, { lastUpdateTime: writeTime })).rejects.toMatchObject({ code: 9 });
    await expect(document.delete({ lastUpdateTime: writeTime })).rejects.toMatchObject({ code: 9 });
    await expect(firestore.doc('users/none').delete({ exists: true })).rejects.toMatchObject({ code: 5 });
    expect((await document.get()).data()).toEqual({ a: 3 });
  });

  it('commits a batch as a whole or not at all', async () => {
    const firestore = admin();
    const batch = firestore.batch();
    batch.set(firestore.doc('batch/one'), { n: 1 });
    batch.update(firestore.doc('batch/missing'), { n: 2 });
    await expect(batch.commit()).rejects.toMatchObject({ code: 5 });
    expect((await firestore.doc('batch/one').get()).exists).toBe(false);
    const good = firestore.batch();
    good.set(firestore.doc('batch/one'), { n: 1 });
    good.delete(firestore.doc('batch/two'));
    const results = await good.commit();
    expect(results).toHaveLength(2);
    expect((await firestore.doc('batch/one').get()).get('n')).toBe(1);
  });

  it('reads several documents in one call, with a field mask', async () => {
    const firestore = admin();
    await fill(firestore, 'many', { a: { x: 1, y: { z: 2, w: 3 } }, b: { x: 4 } });
    const [a, missing, b] = await firestore.getAll(
      firestore.doc('many/a'),
      firestore.doc('many/none'),
      firestore.doc('many/b'),
      { fieldMask: ['y.z'] },
    );
    expect(a?.data()).toEqual({ y: { z: 2 } });
    expect(missing?.exists).toBe(false);
    expect(b?.data()).toEqual({});
  });

  it('keeps databases and projects apart', async () => {
    const projectId = freshProject();
    const one = admin({ projectId });
    const other = admin({ projectId, databaseId: 'other' });
    await one.doc('a/b').set({ here: true });
    expect((await other.doc('a/b').get()).exists).toBe(false);
    expect((await admin().doc('a/b').get()).exists).toBe(false);
  });

  it('refuses what is too large or malformed, and goes on', async () => {
    const firestore = admin();
    const document = firestore.doc('limits/a');
    await expect(document.set({ text: 'x'.repeat(1_100_000) })).rejects.toMatchObject({ code: 3 });
    await expect(firestore.doc('limits/__reserved__').set({})).rejects.toMatchObject({ code: 3 });
    await document.set({ text: 'x'.repeat(900_000) });
    expect((await document.get()).get('text')).toHaveLength(900_000);
  });
});
