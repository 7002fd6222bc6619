import { FieldValue, Timestamp } from '@google-cloud/firestore';
import { expect, it } from 'vitest';
import { admin } from '../support/admin.ts';
import { describeTarget } from '../support/target.ts';

describeTarget('transforms through @google-cloud/firestore', () => {
  it('sets the server time, which is the write time', async () => {
    const document = admin().doc('t/time');
    const { writeTime } = await document.set({
      at: FieldValue.serverTimestamp(),
      n: { at: FieldValue.serverTimestamp() },
    });
    const read = await document.get();
    const at = read.get('at') as Timestamp;
    expect(at).toBeInstanceOf(Timestamp);
    expect(at.isEqual(read.get('n.at') as Timestamp)).toBe(true);
    expect(Math.abs(at.toMillis() - writeTime.toMillis())).toBeLessThan(1000);
  });

  it('increments integers and doubles', async () => {
    const document = admin().doc('t/increment');
    await document.set({ i: 5, d: 1.5, s: 'text' });
    await document.update({
      i: FieldValue.increment(3),
      d: FieldValue.increment(1),
      s: FieldValue.increment(2),
      fresh: FieldValue.increment(-1),
    });
    expect((await document.get()).data()).toEqual({ i: 8, d: 2.5, s: 2, fresh: -1 });
    await document.update({ i: FieldValue.increment(0.5) });
    expect((await document.get()).get('i')).toBe(8.5);
  });

  it('stops at the ends of 64-bit integers', async () => {
    const document = admin({ useBigInt: true }).doc('t/saturate');
    await document.set({ n: 2n ** 63n - 1n });
    await document.update({ n: FieldValue.increment(10) });
    expect((await document.get()).get('n')).toBe(2n ** 63n - 1n);
  });

  it('adds what is missing and removes every occurrence', async () => {
    const document = admin().doc('t/array');
    await document.set({ list: [1, 'a', 1, { x: 1 }], other: 'no array' });
    await document.update({
      list: FieldValue.arrayUnion('b', 1, { x: 1 }, 'b'),
      other: FieldValue.arrayUnion(1),
    });
    expect((await document.get()).data()).toEqual({ list: [1, 'a', 1, { x: 1 }, 'b'], other: [1] });
    await document.update({ list: FieldValue.arrayRemove(1, { x: 1 }), other: FieldValue.arrayRemove(5) });
    expect((await document.get()).data()).toEqual({ list: ['a', 'b'], other: [1] });
  });

  it('applies transforms beside a merge, and creates the document', async () => {
    const document = admin().doc('t/merge');
    await document.set({ a: 1, n: FieldValue.increment(2) }, { merge: true });
    await document.set({ b: 2, n: FieldValue.increment(2) }, { merge: true });
    expect((await document.get()).data()).toEqual({ a: 1, b: 2, n: 4 });
  });

  it('counts every one of many increments at once', async () => {
    const document = admin().doc('t/hot');
    await document.set({ n: 0 });
    await Promise.all(Array.from({ length: 30 }, () => document.update({ n: FieldValue.increment(1) })));
    expect((await document.get()).get('n')).toBe(30);
  });
});
