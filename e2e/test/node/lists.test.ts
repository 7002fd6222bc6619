import { expect, it } from 'vitest';
import { admin, fill } from '../support/admin.ts';
import { describeTarget } from '../support/target.ts';

describeTarget('lists and bulk work through @google-cloud/firestore', () => {
  it('lists collections and documents, missing parents too', async () => {
    const firestore = admin();
    await fill(firestore, 'users', { alice: { n: 1 }, bob: { n: 2 } });
    await fill(firestore, 'users/carol/pets', { rex: { n: 3 } });
    await fill(firestore, 'users/alice/notes', { one: { n: 4 } });
    await fill(firestore, 'logs', { a: {} });
    expect((await firestore.listCollections()).map((one) => one.id).sort()).toEqual(['logs', 'users']);
    const below = await firestore.doc('users/alice').listCollections();
    expect(below.map((one) => one.path)).toEqual(['users/alice/notes']);
    const documents = await firestore.collection('users').listDocuments();
    expect(documents.map((one) => one.id).sort()).toEqual(['alice', 'bob', 'carol']);
    expect(await firestore.collection('none').listDocuments()).toEqual([]);
  });

  it('lists more collections and documents than a page holds', async () => {
    const firestore = admin();
    const names = Array.from({ length: 350 }, (_, n) => `d${String(n).padStart(3, '0')}`);
    await fill(firestore, 'long', Object.fromEntries(names.map((name) => [name, {}])));
    const batch = firestore.batch();
    for (const name of names) batch.set(firestore.doc(`wide/root/${name}/x`), {});
    await batch.commit();
    const documents = await firestore.collection('long').listDocuments();
    expect(documents.map((one) => one.id)).toEqual(names);
    expect((await firestore.doc('wide/root').listCollections()).map((one) => one.id).sort()).toEqual(names);
  });

  it('writes in bulk, and tells each write its own result', async () => {
    const firestore = admin();
    await fill(firestore, 'bulk', { taken: {} });
    const writer = firestore.bulkWriter();
    writer.onWriteError(() => false);
    const good = Array.from({ length: 120 }, (_, n) => writer.set(firestore.doc(`bulk/d${n}`), { n }));
    const bad = expect(writer.update(firestore.doc('bulk/missing'), { n: 1 })).rejects.toMatchObject({
      code: 5,
    });
    const twice = expect(writer.create(firestore.doc('bulk/taken'), {})).rejects.toMatchObject({ code: 6 });
    await writer.close();
    await Promise.all([bad, twice]);
    expect((await Promise.all(good)).every((result) => result.writeTime.toMillis() > 0)).toBe(true);
    expect((await firestore.collection('bulk').count().get()).data().count).toBe(121);
  });

  it('deletes a tree', async () => {
    const firestore = admin();
    await fill(firestore, 'tree', { root: {}, stays: {} });
    await fill(firestore, 'tree/root/a', { x: {}, y: {} });
    await fill(firestore, 'tree/root/a/x/b', { z: {} });
    await fill(firestore, 'tree/root/a/missing/b', { deep: {} });
    await firestore.recursiveDelete(firestore.doc('tree/root'));
    expect((await firestore.collectionGroup('b').get()).size).toBe(0);
    expect((await firestore.collection('tree').listDocuments()).map((one) => one.id)).toEqual(['stays']);
    await firestore.recursiveDelete(firestore.collection('tree'));
    expect(await firestore.listCollections()).toEqual([]);
  });
});
