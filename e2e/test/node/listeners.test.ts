import { setTimeout as delay } from 'node:timers/promises';
import type { DocumentSnapshot } from '@google-cloud/firestore';
import { expect, it, onTestFinished } from 'vitest';
import { admin, fill, Snapshots } from '../support/admin.ts';
import { NetworkProxy } from '../support/proxy.ts';
import { describeTarget, freshProject } from '../support/target.ts';

describeTarget('listeners through @google-cloud/firestore', () => {
  it('shows a document as it comes, changes and goes', async () => {
    const document = admin().doc('watched/a');
    const seen: (number | undefined)[] = [];
    let wake = () => {};
    const stop = document.onSnapshot((snapshot: DocumentSnapshot) => {
      seen.push(snapshot.get('n') as number | undefined);
      wake();
    });
    onTestFinished(stop);
    const until = async (count: number) => {
      while (seen.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    };
    await until(1);
    await document.set({ n: 1 });
    await until(2);
    await document.update({ n: 2 });
    await until(3);
    await document.delete();
    await until(4);
    expect(seen).toEqual([undefined, 1, 2, undefined]);
  });

  it('reports added, modified and removed documents', async () => {
    const firestore = admin();
    await fill(firestore, 'items', { a: { n: 1 }, b: { n: 2 }, no: { n: 9 } });
    const snapshots = new Snapshots(firestore.collection('items').where('n', '<', 5).orderBy('n'));
    expect((await snapshots.take()).docs.map((one) => one.id)).toEqual(['a', 'b']);
    await firestore.doc('items/c').set({ n: 0 });
    const added = (await snapshots.take()).docChanges();
    expect(added.map((one) => [one.type, one.doc.id, one.newIndex])).toEqual([['added', 'c', 0]]);
    await firestore.doc('items/a').set({ n: 3 });
    const moved = (await snapshots.take()).docChanges();
    expect(moved.map((one) => [one.type, one.doc.id, one.oldIndex, one.newIndex])).toEqual([
      ['modified', 'a', 1, 2],
    ]);
    await firestore.doc('items/b').set({ n: 7 });
    const removed = (await snapshots.take()).docChanges();
    expect(removed.map((one) => [one.type, one.doc.id])).toEqual([['removed', 'b']]);
  });

  it('puts a commit into one snapshot', async () => {
    const firestore = admin();
    const snapshots = new Snapshots(firestore.collection('atomic'));
    expect((await snapshots.take()).size).toBe(0);
    await fill(
      firestore,
      'atomic',
      Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`d${n}`, { n }])),
    );
    expect((await snapshots.take()).size).toBe(50);
  });

  it('fills a limit up again', async () => {
    const firestore = admin();
    await fill(firestore, 'top', { a: { n: 1 }, b: { n: 2 }, c: { n: 3 }, d: { n: 4 } });
    const first = new Snapshots(firestore.collection('top').orderBy('n').limit(2));
    const last = new Snapshots(firestore.collection('top').orderBy('n').limitToLast(2));
    await first.until(['a', 'b']);
    await last.until(['c', 'd']);
    await firestore.doc('top/a').delete();
    await first.until(['b', 'c']);
    await firestore.doc('top/d').update({ n: 0 });
    await first.until(['d', 'b']);
    await last.until(['b', 'c']);
  });

  it('watches a collection group', async () => {
    const firestore = admin();
    const snapshots = new Snapshots(firestore.collectionGroup('notes').where('open', '==', true));
    await snapshots.until([]);
    await firestore.doc('a/1/notes/x').set({ open: true });
    await snapshots.until(['x']);
    await firestore.doc('b/2/c/3/notes/y').set({ open: true });
    await snapshots.until(['x', 'y']);
    await firestore.doc('a/1/notes/x').update({ open: false });
    await snapshots.until(['y']);
  });

  it('goes on after a broken connection, with exactly what has changed', async () => {
    const proxy = await NetworkProxy.start();
    const projectId = freshProject();
    const direct = admin({ projectId });
    const watching = admin({ projectId, host: proxy.address });
    await fill(direct, 'items', { a: { n: 1 }, b: { n: 2 }, c: { n: 3 } });
    const snapshots = new Snapshots(watching.collection('items').orderBy('n'));
    await snapshots.until(['a', 'b', 'c']);
    proxy.cut();
    await direct.doc('items/b').delete();
    await direct.doc('items/d').set({ n: 4 });
    await delay(100);
    proxy.restore();
    const changes = (await snapshots.until(['a', 'c', 'd'], 30)).docChanges();
    expect(changes.map((one) => [one.type, one.doc.id])).toEqual([
      ['removed', 'b'],
      ['added', 'd'],
    ]);
    await direct.doc('items/a').update({ n: 9 });
    await snapshots.until(['c', 'd', 'a']);
  });

  it('keeps many listeners of one client apart', async () => {
    const firestore = admin();
    const listeners = Array.from(
      { length: 20 },
      (_, n) => new Snapshots(firestore.collection('shared').where('key', '==', n)),
    );
    await Promise.all(listeners.map((listener) => listener.until([])));
    await firestore.doc('shared/x').set({ key: 7 });
    await listeners[7]!.until(['x']);
    await firestore.doc('shared/x').set({ key: 8 });
    await Promise.all([listeners[7]!.until([]), listeners[8]!.until(['x'])]);
  });
});
