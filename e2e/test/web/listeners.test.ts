import {
  collection,
  deleteDoc,
  disableNetwork,
  doc,
  enableNetwork,
  getDocsFromCache,
  getDocsFromServer,
  limit,
  limitToLast,
  orderBy,
  query,
  serverTimestamp,
  setDoc,
  waitForPendingWrites,
  where,
} from 'firebase/firestore';
import { expect, it } from 'vitest';
import { NetworkProxy } from '../support/proxy.ts';
import { describeTarget, freshProject } from '../support/target.ts';
import { describeSnapshot, WebSnapshots, web } from '../support/web.ts';

const shows = (wanted: string) => (snapshot: Parameters<typeof describeSnapshot>[0]) =>
  describeSnapshot(snapshot) === wanted;

describeTarget('listeners through firebase', () => {
  it('shows a local write at once, and again when the server has it', async () => {
    const db = web();
    const items = new WebSnapshots(query(collection(db, 'items'), orderBy('n')));
    await items.until(shows(''));
    const written = setDoc(doc(db, 'items/a'), { n: 1, at: serverTimestamp() });
    const local = await items.until(shows('a pending'));
    expect(local.docs[0]?.get('at')).toBeNull();
    await written;
    const confirmed = await items.until(shows('a'));
    expect(confirmed.docs[0]?.get('at')).not.toBeNull();
  });

  it('sees the writes of another client', async () => {
    const projectId = freshProject();
    const [db, other] = [web({ projectId }), web({ projectId })];
    const first = new WebSnapshots(query(collection(db, 'items'), orderBy('n'), limit(2)));
    const last = new WebSnapshots(query(collection(db, 'items'), orderBy('n'), limitToLast(2)));
    const some = new WebSnapshots(query(collection(db, 'items'), where('n', '>', 1)));
    for (const n of [1, 2, 3]) await setDoc(doc(other, `items/d${n}`), { n });
    await first.until(shows('d1,d2'));
    await last.until(shows('d2,d3'));
    await some.until(shows('d2,d3'));
    await deleteDoc(doc(other, 'items/d2'));
    await first.until(shows('d1,d3'));
    await last.until(shows('d1,d3'));
    await some.until(shows('d3'));
  });

  it('keeps writes made offline, shows them, and sends them when it is online again', async () => {
    const projectId = freshProject();
    const [db, other] = [web({ projectId }), web({ projectId })];
    const items = new WebSnapshots(query(collection(db, 'items'), orderBy('n')));
    await setDoc(doc(db, 'items/a'), { n: 1 });
    await items.until(shows('a'));
    await disableNetwork(db);
    let acknowledged = 0;
    const writes = [
      setDoc(doc(db, 'items/b'), { n: 2 }),
      setDoc(doc(db, 'items/b'), { n: 3 }, { merge: true }),
      deleteDoc(doc(db, 'items/a')),
    ].map((write) => write.then(() => acknowledged++));
    await items.until(shows('b pending cache'));
    expect((await getDocsFromCache(collection(db, 'items'))).docs.map((one) => one.id)).toEqual(['b']);
    await setDoc(doc(other, 'items/c'), { n: 4 });
    expect(acknowledged).toBe(0);
    await enableNetwork(db);
    await waitForPendingWrites(db);
    await Promise.all(writes);
    await items.until(shows('b,c'));
    const found = await getDocsFromServer(query(collection(other, 'items'), orderBy('n')));
    expect(found.docs.map((one) => [one.id, one.get('n')])).toEqual([
      ['b', 3],
      ['c', 4],
    ]);
  });

  it('goes on after a broken connection, with what has changed', async () => {
    const proxy = await NetworkProxy.start();
    const projectId = freshProject();
    const [db, other] = [web({ projectId, address: proxy.address }), web({ projectId })];
    for (const n of [1, 2, 3]) await setDoc(doc(other, `items/d${n}`), { n });
    const items = new WebSnapshots(query(collection(db, 'items'), orderBy('n')));
    await items.until(shows('d1,d2,d3'));
    proxy.cut();
    await deleteDoc(doc(other, 'items/d2'));
    await setDoc(doc(other, 'items/d4'), { n: 4 });
    proxy.restore();
    // Going offline and online is how an application makes the client try again at once.
    await disableNetwork(db);
    await enableNetwork(db);
    await items.until(shows('d1,d3,d4'), 30);
  });

  it('keeps many listeners of one stream apart', async () => {
    const db = web();
    const listeners = Array.from(
      { length: 30 },
      (_, key) => new WebSnapshots(query(collection(db, 'shared'), where('key', '==', key))),
    );
    await Promise.all(listeners.map((one) => one.until(shows(''))));
    await setDoc(doc(db, 'shared/x'), { key: 11 });
    await listeners[11]!.until(shows('x'));
    await setDoc(doc(db, 'shared/x'), { key: 12 });
    await listeners[11]!.until(shows(''));
    await listeners[12]!.until(shows('x'));
    expect(describeSnapshot(listeners[13]!.all.at(-1)!)).toBe('');
  });
});
