import { doc, getDocFromServer, runTransaction, setDoc } from 'firebase/firestore';
import { expect, it } from 'vitest';
import { describeTarget, freshProject } from '../support/target.ts';
import { web } from '../support/web.ts';

describeTarget('transactions through firebase', () => {
  it('counts every increment of several clients', async () => {
    const projectId = freshProject();
    const clients = [web({ projectId }), web({ projectId }), web({ projectId })];
    await setDoc(doc(clients[0]!, 'counters/hot'), { n: 0 });
    const increment = (db: (typeof clients)[0]) =>
      runTransaction(
        db,
        async (transaction) => {
          const read = await transaction.get(doc(db, 'counters/hot'));
          transaction.update(doc(db, 'counters/hot'), { n: (read.get('n') as number) + 1 });
        },
        { maxAttempts: 20 },
      );
    await Promise.all(clients.flatMap((db) => [increment(db), increment(db)]));
    expect((await getDocFromServer(doc(clients[0]!, 'counters/hot'))).get('n')).toBe(6);
  });

  it('notices a change of what it has only read (a verify write)', async () => {
    const projectId = freshProject();
    const [db, other] = [web({ projectId }), web({ projectId })];
    await setDoc(doc(db, 'limits/max'), { n: 5 });
    let attempts = 0;
    await runTransaction(db, async (transaction) => {
      attempts++;
      const limit = (await transaction.get(doc(db, 'limits/max'))).get('n') as number;
      // This client's transactions take no locks: another client's write goes through in between.
      if (attempts === 1) await setDoc(doc(other, 'limits/max'), { n: 3 });
      transaction.set(doc(db, 'orders/one'), { limit });
    });
    expect(attempts).toBe(2);
    expect((await getDocFromServer(doc(db, 'orders/one'))).get('limit')).toBe(3);
  });

  it('notices that a document which it found missing has been created', async () => {
    const projectId = freshProject();
    const [db, other] = [web({ projectId }), web({ projectId })];
    let attempts = 0;
    const owner = await runTransaction(db, async (transaction) => {
      attempts++;
      const name = await transaction.get(doc(db, 'names/alice'));
      if (attempts === 1) await setDoc(doc(other, 'names/alice'), { owner: 'other' });
      if (name.exists()) return name.get('owner') as string;
      transaction.set(doc(db, 'names/alice'), { owner: 'me' });
      return 'me';
    });
    expect([attempts, owner]).toEqual([2, 'other']);
  });

  it('returns what its function returns, and writes nothing when it fails', async () => {
    const db = web();
    expect(await runTransaction(db, async () => 7)).toBe(7);
    const failing = runTransaction(db, async (transaction) => {
      transaction.set(doc(db, 'a/b'), { n: 1 });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await getDocFromServer(doc(db, 'a/b'))).exists()).toBe(false);
  });
});
