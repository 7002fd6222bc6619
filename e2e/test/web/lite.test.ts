import { deleteApp, initializeApp } from 'firebase/app';
import * as lite from 'firebase/firestore/lite';
import { expect, onTestFinished, test } from 'vitest';
import { describeTarget, freshProject, hostAndPort } from '../support/target.ts';

lite.setLogLevel('silent');

/** A client that speaks REST and nothing else. */
function client(): lite.Firestore {
  const projectId = freshProject();
  const app = initializeApp({ projectId, apiKey: 'not-used' }, `lite-${projectId}`);
  const firestore = lite.getFirestore(app);
  const { host, port } = hostAndPort();
  lite.connectFirestoreEmulator(firestore, host, port);
  onTestFinished(async () => {
    await lite.terminate(firestore);
    await deleteApp(app);
  });
  return firestore;
}

describeTarget('firebase/firestore/lite', () => {
  test('documents of all types come back as they were written', async () => {
    const db = client();
    const document = lite.doc(db, 'all/ty pes/né/sted%2Fname');
    const values = {
      null: null,
      boolean: false,
      integer: Number.MAX_SAFE_INTEGER,
      double: 1.5,
      zero: -0,
      infinity: -Infinity,
      time: new lite.Timestamp(1_600_000_000, 123_456_000),
      text: '\u0000 "é" 😀',
      bytes: lite.Bytes.fromUint8Array(new Uint8Array([0, 255])),
      place: new lite.GeoPoint(0, -180),
      reference: lite.doc(db, 'other/one'),
      list: [1, 'a', { b: [] }],
      map: { 'a.b': { $int: 'x' }, __proto: 1 },
      vector: lite.vector([0, -1.25]),
    };
    await lite.setDoc(document, values);
    const read = (await lite.getDoc(document)).data()!;
    expect(read.time.isEqual(values.time)).toBe(true);
    expect(read.bytes.toBase64()).toBe('AP8=');
    expect(read.place.isEqual(values.place)).toBe(true);
    expect(lite.refEqual(read.reference, values.reference)).toBe(true);
    expect(read.vector.toArray()).toEqual([0, -1.25]);
    for (const key of [
      'null',
      'boolean',
      'integer',
      'double',
      'zero',
      'infinity',
      'text',
      'list',
      'map',
    ] as const)
      expect(read[key], key).toEqual(values[key]);
  });

  test('updates, transforms, batches, deletes', async () => {
    const db = client();
    const one = lite.doc(db, 'c/one');
    const batch = lite.writeBatch(db);
    batch.set(one, { n: 1, tags: ['a'], gone: true });
    batch.set(lite.doc(db, 'c/two'), { n: 2 });
    await batch.commit();
    await lite.updateDoc(one, {
      n: lite.increment(2),
      tags: lite.arrayUnion('b'),
      gone: lite.deleteField(),
      at: lite.serverTimestamp(),
    });
    const data = (await lite.getDoc(one)).data()!;
    expect(data).toEqual({ n: 3, tags: ['a', 'b'], at: expect.any(lite.Timestamp) });
    await lite.deleteDoc(one);
    expect((await lite.getDoc(one)).exists()).toBe(false);
    await expect(lite.updateDoc(one, { n: 1 })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('queries, counts and sums', async () => {
    const db = client();
    const cities = lite.collection(db, 'cities');
    await Promise.all([5, 3, 8].map((n) => lite.setDoc(lite.doc(cities, `c${n}`), { n, even: n % 2 === 0 })));
    const ids = async (query: lite.Query) => (await lite.getDocs(query)).docs.map(({ id }) => id);
    expect(await ids(lite.query(cities, lite.orderBy('n', 'desc'), lite.limit(2)))).toEqual(['c8', 'c5']);
    expect(await ids(lite.query(cities, lite.where('even', '==', true)))).toEqual(['c8']);
    expect(await ids(lite.query(lite.collection(db, 'none')))).toEqual([]);
    const totals = await lite.getAggregate(cities, { all: lite.count(), sum: lite.sum('n') });
    expect(totals.data()).toEqual({ all: 3, sum: 16 });
    // In Node the client looks at the HTTP status alone, and 400 is this to it.
    await expect(lite.getDocs(lite.collection(db, '__x__'))).rejects.toMatchObject({
      code: 'failed-precondition',
    });
  });

  test('a transaction', async () => {
    const db = client();
    const counter = lite.doc(db, 'counters/a');
    await lite.setDoc(counter, { n: 0 });
    const add = () =>
      lite.runTransaction(db, async (transaction) => {
        const { n } = (await transaction.get(counter)).data() as { n: number };
        transaction.update(counter, { n: n + 1 });
      });
    await Promise.all([add(), add()]);
    expect((await lite.getDoc(counter)).get('n')).toBe(2);
  });
});
