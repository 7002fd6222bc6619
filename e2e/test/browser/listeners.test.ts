import type { QuerySnapshot } from 'firebase/firestore';
import { expect, test } from 'vitest';
import { admin } from '../support/admin.ts';
import { describeBrowser, useBrowser } from '../support/browser.ts';
import { NetworkProxy } from '../support/proxy.ts';

describeBrowser('listeners in a browser', () => {
  const browser = useBrowser();

  /** Listens through five changes with these settings; resolves to the requests by which the client polled. */
  async function pollsOf(settings: Record<string, unknown>): Promise<string[]> {
    const { page } = await browser.open({ settings });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.evaluate(listen, 'notes');
    await page.evaluate(async () => {
      for (let n = 1; n <= 5; n++) {
        await sdk.setDoc(sdk.doc(db, 'notes/a'), { n });
        await until(`server:a${n}`);
      }
    });
    return requests.filter((url) => url.includes('/Listen/channel') && url.includes('CI=1'));
  }

  test('a local write shows at once, then as the server has it; then those of others', async () => {
    const one = await browser.open();
    const two = await browser.open({ projectId: one.projectId });
    await one.page.evaluate(listen, 'notes');
    await one.page.evaluate((wanted) => until(wanted), 'server:');
    await one.page.evaluate(() => void sdk.setDoc(sdk.doc(db, 'notes/a'), { n: 1 }));
    await one.page.evaluate((wanted) => until(wanted), 'server:a1');
    await two.page.evaluate(() => sdk.setDoc(sdk.doc(db, 'notes/b'), { n: 2 }));
    await one.page.evaluate((wanted) => until(wanted), 'server:a1,b2');
    await two.page.evaluate(() => sdk.deleteDoc(sdk.doc(db, 'notes/a')));
    const seen = await one.page.evaluate((wanted) => until(wanted), 'server:b2');
    expect(seen).toContain('local:a1');
    expect(seen.indexOf('local:a1')).toBeLessThan(seen.indexOf('server:a1'));
  });

  test('writes made offline arrive when the client is online again', async () => {
    const { page } = await browser.open();
    await page.evaluate(listen, 'notes');
    await page.evaluate((wanted) => until(wanted), 'server:');
    const stored = await page.evaluate(async () => {
      await sdk.disableNetwork(db);
      const written = sdk.setDoc(sdk.doc(db, 'notes/a'), { n: 1 });
      await until('local:a1');
      await sdk.enableNetwork(db);
      await written;
      await until('server:a1');
      return (await sdk.getDocFromServer(sdk.doc(db, 'notes/a'))).data();
    });
    expect(stored).toEqual({ n: 1 });
  });

  test('a listener goes on after its connections broke', async () => {
    const proxy = await NetworkProxy.start();
    const broken = await browser.open({ address: proxy.address });
    const other = await browser.open({ projectId: broken.projectId });
    await broken.page.evaluate(listen, 'notes');
    await broken.page.evaluate((wanted) => until(wanted), 'server:');
    // Requests go through again at once: the client's first retry is immediate, the next after up to 15 s.
    proxy.cut();
    proxy.restore();
    await other.page.evaluate(() => sdk.setDoc(sdk.doc(db, 'notes/a'), { n: 1 }));
    const seen = await broken.page.evaluate((wanted) => until(wanted), 'server:a1');
    expect(seen.at(-1)).toBe('server:a1');
  });

  test.each([
    ['long polling', { experimentalForceLongPolling: true }],
    [
      'long polling with a time limit',
      { experimentalForceLongPolling: true, experimentalLongPollingOptions: { timeoutSeconds: 5 } },
    ],
  ])('%s', async (_name, settings) => {
    expect((await pollsOf(settings)).length).toBeGreaterThan(3);
  });

  test('streams found out by their first bytes', async () => {
    // The client gives the first bytes four round trips of a few milliseconds: on a busy machine they may be late, and it polls, as it should.
    let polls = await pollsOf({ experimentalAutoDetectLongPolling: true });
    for (let again = 0; again < 3 && polls.length > 0; again++)
      polls = await pollsOf({ experimentalAutoDetectLongPolling: true });
    expect(polls).toEqual([]);
  });

  test('twelve thousand documents', async () => {
    const { page, projectId } = await browser.open();
    const firestore = admin({ projectId });
    const batches = Array.from({ length: 24 }, (_, batch) => {
      const writes = firestore.batch();
      for (let i = 0; i < 500; i++)
        writes.set(firestore.doc(`many/${batch * 500 + i}`), { i, text: 'x'.repeat(50) });
      return writes.commit();
    });
    await Promise.all(batches);
    const first = await page.evaluate(() => {
      const sizes: number[] = [];
      return new Promise<number>((resolve, reject) => {
        const take = (snapshot: QuerySnapshot) => {
          sizes.push(snapshot.size);
          if (!snapshot.metadata.fromCache) resolve(sizes[0]!);
        };
        sdk.onSnapshot(sdk.collection(db, 'many'), take, reject);
        Object.assign(globalThis, { sizes });
      });
    });
    expect(first).toBe(12_000);
    await firestore.doc('many/new').set({ i: -1 });
    await page.waitForFunction(() => sizes.at(-1) === 12_001);
  }, 60_000);

  test('clients of several tabs see the same', async () => {
    const projectId = (await browser.open()).projectId;
    const tabs = await Promise.all([1, 2, 3, 4].map(() => browser.open({ projectId })));
    await Promise.all(tabs.map(({ page }) => page.evaluate(listen, 'notes')));
    await tabs[0]!.page.evaluate(() => sdk.setDoc(sdk.doc(db, 'notes/a'), { n: 1 }));
    const seen = await Promise.all(
      tabs.map(({ page }) => page.evaluate((wanted) => until(wanted), 'server:a1')),
    );
    for (const states of seen) expect(states.at(-1)).toBe('server:a1');
  });
});

/** Runs in the page: listens to a collection; `until` waits for a state, "local:" or "server:" with ids and values, and tells all so far. */
function listen(collection: string): void {
  const states: string[] = [];
  let wake = () => {};
  sdk.onSnapshot(sdk.collection(db, collection), { includeMetadataChanges: true }, (snapshot) => {
    const { hasPendingWrites, fromCache } = snapshot.metadata;
    const documents = snapshot.docs.map((document) => `${document.id}${document.get('n')}`).join(',');
    states.push(`${hasPendingWrites || fromCache ? 'local' : 'server'}:${documents}`);
    wake();
  });
  const until = async (wanted: string) => {
    while (states.at(-1) !== wanted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return states;
  };
  Object.assign(globalThis, { until });
}
