import { expect, it } from 'vitest';
import { admin, fill, ids } from '../support/admin.ts';
import { describeTarget, isEmulator } from '../support/target.ts';

describeTarget('transactions through @google-cloud/firestore', () => {
  it('retries until concurrent increments have all counted', async () => {
    const firestore = admin();
    const document = firestore.doc('counters/hot');
    await document.set({ n: 0 });
    const increment = () =>
      firestore.runTransaction(async (transaction) => {
        const read = await transaction.get(document);
        transaction.update(document, { n: (read.get('n') as number) + 1 });
      });
    await Promise.all(Array.from({ length: 5 }, increment));
    expect((await document.get()).get('n')).toBe(5);
  });

  // The emulator locks what was read: the outer write would wait for the transaction that waits for it.
  it.skipIf(isEmulator)('runs again when what it has read changes meanwhile', async () => {
    const firestore = admin();
    const document = firestore.doc('conflict/a');
    await document.set({ n: 1 });
    let attempts = 0;
    await firestore.runTransaction(async (transaction) => {
      attempts++;
      const read = await transaction.get(document);
      if (attempts === 1) await document.set({ n: 10 });
      transaction.set(document, { n: (read.get('n') as number) + 1 });
    });
    expect(attempts).toBe(2);
    expect((await document.get()).get('n')).toBe(11);
  });

  it.skipIf(isEmulator)('runs again when a document appears in a query that it ran', async () => {
    const firestore = admin();
    const members = firestore.collection('members').where('team', '==', 'red');
    let attempts = 0;
    await firestore.runTransaction(async (transaction) => {
      attempts++;
      const found = await transaction.get(members);
      if (attempts === 1) await firestore.doc('members/late').set({ team: 'red' });
      transaction.set(firestore.doc('teams/red'), { size: found.size });
    });
    expect(attempts).toBe(2);
    expect((await firestore.doc('teams/red').get()).get('size')).toBe(1);
  });

  it('writes nothing when its function fails', async () => {
    const firestore = admin();
    const failing = firestore.runTransaction(async (transaction) => {
      transaction.set(firestore.doc('a/b'), { n: 1 });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect((await firestore.doc('a/b').get()).exists).toBe(false);
  });

  it('reads missing documents, and creates them once', async () => {
    const firestore = admin();
    const document = firestore.doc('names/alice');
    const claim = (owner: string) =>
      firestore.runTransaction(async (transaction) => {
        if ((await transaction.get(document)).exists) return false;
        transaction.create(document, { owner });
        return true;
      });
    const claimed = await Promise.all(['a', 'b', 'c'].map(claim));
    expect(claimed.filter(Boolean)).toHaveLength(1);
  });

  it('sees one moment in a read-only transaction', async () => {
    const firestore = admin();
    await fill(firestore, 'pair', { a: { n: 1 }, b: { n: 1 } });
    const seen = await firestore.runTransaction(
      async (transaction) => {
        const a = await transaction.get(firestore.doc('pair/a'));
        await fill(firestore, 'pair', { a: { n: 2 }, b: { n: 2 }, c: { n: 2 } });
        const b = await transaction.get(firestore.doc('pair/b'));
        const all = await transaction.get(firestore.collection('pair'));
        return [a.get('n'), b.get('n'), all.size];
      },
      { readOnly: true },
    );
    expect(seen).toEqual([1, 1, 2]);
  });

  it('reads the past at a read time', async () => {
    const firestore = admin();
    const document = firestore.doc('history/a');
    const first = (await document.set({ n: 1 })).writeTime;
    await document.set({ n: 2 });
    await firestore.doc('history/b').set({ n: 3 });
    const at = <T>(body: (transaction: FirebaseFirestore.Transaction) => Promise<T>) =>
      firestore.runTransaction(body, { readOnly: true, readTime: first });
    expect(await at(async (transaction) => (await transaction.get(document)).get('n'))).toBe(1);
    const past = await at((transaction) => transaction.get(firestore.collection('history')));
    expect(past.docs.map((one) => one.id)).toEqual(['a']);
    const count = await at((transaction) => transaction.get(firestore.collection('history').count()));
    expect(count.data().count).toBe(1);
    await document.delete();
    expect(await at(async (transaction) => (await transaction.get(document)).get('n'))).toBe(1);
    expect(await ids(firestore.collection('history'))).toEqual(['b']);
  });

  it('deletes and updates what it has read by a query', async () => {
    const firestore = admin();
    await fill(firestore, 'jobs', { a: { done: true }, b: { done: false }, c: { done: true } });
    await firestore.runTransaction(async (transaction) => {
      const done = await transaction.get(firestore.collection('jobs').where('done', '==', true));
      for (const one of done.docs) transaction.delete(one.ref);
      transaction.update(firestore.doc('jobs/b'), { deleted: done.size });
    });
    expect(await ids(firestore.collection('jobs'))).toEqual(['b']);
  });
});
