import {
  addDoc,
  arrayUnion,
  Bytes,
  collection,
  deleteDoc,
  deleteField,
  doc,
  GeoPoint,
  getCountFromServer,
  getDoc,
  getDocFromServer,
  getDocs,
  increment,
  limitToLast,
  or,
  orderBy,
  query,
  serverTimestamp,
  setDoc,
  startAfter,
  Timestamp,
  updateDoc,
  vector,
  where,
  writeBatch,
} from 'firebase/firestore';
import { expect, it } from 'vitest';
import { describeTarget } from '../support/target.ts';
import { web } from '../support/web.ts';

describeTarget('documents through firebase', () => {
  it('writes and reads every type', async () => {
    const db = web();
    const data = {
      null: null,
      yes: true,
      n: 42,
      d: 1.25,
      s: 'text',
      bytes: Bytes.fromUint8Array(new Uint8Array([1, 2, 255])),
      time: Timestamp.fromMillis(1_700_000_000_000),
      geo: new GeoPoint(1, 2),
      ref: doc(db, 'a/b'),
      list: [1, 'x', { y: null }],
      map: { k: { l: [] } },
      vector: vector([1, 2, 3]),
    };
    await setDoc(doc(db, 'types/all'), data);
    const read = await getDocFromServer(doc(db, 'types/all'));
    expect(read.exists()).toBe(true);
    const found = read.data()!;
    expect(found.bytes.isEqual(data.bytes)).toBe(true);
    expect(found.ref.path).toBe('a/b');
    expect(found.vector.isEqual(data.vector)).toBe(true);
    for (const key of ['null', 'yes', 'n', 'd', 's', 'time', 'geo', 'list', 'map'] as const)
      expect(found[key]).toEqual(data[key]);
  });

  it('updates with transforms, deletes fields and documents', async () => {
    const db = web();
    const document = doc(db, 'users/alice');
    await setDoc(document, { visits: 1, gone: true, tags: ['a'] });
    await updateDoc(document, {
      visits: increment(2),
      gone: deleteField(),
      tags: arrayUnion('a', 'b'),
      at: serverTimestamp(),
      'deep.er': 1,
    });
    const data = (await getDocFromServer(document)).data()!;
    expect(data).toMatchObject({ visits: 3, tags: ['a', 'b'], deep: { er: 1 } });
    expect(data.at).toBeInstanceOf(Timestamp);
    expect(data).not.toHaveProperty('gone');
    await setDoc(document, { merged: true }, { merge: true });
    expect((await getDoc(document)).data()).toMatchObject({ visits: 3, merged: true });
    await deleteDoc(document);
    expect((await getDoc(document)).exists()).toBe(false);
  });

  it('says why a write was refused', async () => {
    const db = web();
    await expect(updateDoc(doc(db, 'users/none'), { a: 1 })).rejects.toMatchObject({ code: 'not-found' });
    // The stream goes on after a refused write.
    await setDoc(doc(db, 'users/some'), { a: 1 });
    expect((await getDocFromServer(doc(db, 'users/some'))).data()).toEqual({ a: 1 });
  });

  it('commits a batch as a whole', async () => {
    const db = web();
    const batch = writeBatch(db);
    for (let n = 0; n < 20; n++) batch.set(doc(db, `batch/d${n}`), { n });
    batch.delete(doc(db, 'batch/d0'));
    await batch.commit();
    expect((await getCountFromServer(collection(db, 'batch'))).data().count).toBe(19);
  });

  it('queries, pages and takes the last ones', async () => {
    const db = web();
    const items = collection(db, 'items');
    const added = await Promise.all([3, 1, 2, 5, 4].map((n) => addDoc(items, { n, odd: n % 2 === 1 })));
    expect(new Set(added.map((one) => one.id)).size).toBe(5);
    const numbers = async (...constraints: Parameters<typeof query>[1][]) =>
      (await getDocs(query(items, ...constraints))).docs.map((one) => one.get('n') as number);
    expect(await numbers(where('odd', '==', true), orderBy('n'))).toEqual([1, 3, 5]);
    expect(await numbers(orderBy('n'), limitToLast(2))).toEqual([4, 5]);
    expect(await numbers(orderBy('n'), startAfter(3))).toEqual([4, 5]);
    expect(await numbers(where('n', 'in', [1, 5, 9]), orderBy('n', 'desc'))).toEqual([5, 1]);
    const either = query(items, or(where('n', '<', 2), where('n', '>', 4)), orderBy('n'));
    expect((await getDocs(either)).docs.map((one) => one.get('n'))).toEqual([1, 5]);
  });
});
