import { expect, test } from 'vitest';
import { describeBrowser, useBrowser } from '../support/browser.ts';

describeBrowser('documents in a browser', () => {
  const browser = useBrowser();

  test('write, read, query, delete', async () => {
    const { page } = await browser.open();
    const seen = await page.evaluate(async () => {
      const cities = sdk.collection(db, 'cities');
      const values = {
        text: 'é😀\u0000',
        integer: 42,
        double: -0,
        nan: Number.NaN,
        time: sdk.Timestamp.fromMillis(1_600_000_000_123),
        bytes: sdk.Bytes.fromBase64String('AP8='),
        place: new sdk.GeoPoint(1.5, -2),
        nested: { list: [1, null, { a: true }] },
        vector: sdk.vector([1, 2.5]),
      };
      await sdk.setDoc(sdk.doc(cities, 'a'), values);
      await sdk.setDoc(sdk.doc(cities, 'b'), { integer: 7, at: sdk.serverTimestamp() });
      await sdk.updateDoc(sdk.doc(cities, 'b'), { integer: sdk.increment(1), tags: sdk.arrayUnion('x') });
      const a = (await sdk.getDocFromServer(sdk.doc(cities, 'a'))).data()!;
      const b = (await sdk.getDocFromServer(sdk.doc(cities, 'b'))).data()!;
      const found = await sdk.getDocsFromServer(
        sdk.query(cities, sdk.where('integer', '>', 1), sdk.orderBy('integer', 'desc'), sdk.limit(5)),
      );
      const count = await sdk.getCountFromServer(cities);
      await sdk.deleteDoc(sdk.doc(cities, 'a'));
      return {
        text: a.text,
        isNegativeZero: Object.is(a.double, -0),
        isNaN: Number.isNaN(a.nan),
        millis: a.time.toMillis(),
        bytes: a.bytes.toBase64(),
        place: a.place.toJSON(),
        nested: a.nested,
        vector: a.vector.toArray(),
        b: [b.integer, b.tags, b.at instanceof sdk.Timestamp],
        found: found.docs.map(({ id }) => id),
        count: count.data().count,
        exists: (await sdk.getDocFromServer(sdk.doc(cities, 'a'))).exists(),
      };
    });
    expect(seen).toEqual({
      text: 'é😀\u0000',
      isNegativeZero: true,
      isNaN: true,
      millis: 1_600_000_000_123,
      bytes: 'AP8=',
      place: { latitude: 1.5, longitude: -2, type: expect.any(String) },
      nested: { list: [1, null, { a: true }] },
      vector: [1, 2.5],
      b: [8, ['x'], true],
      found: ['a', 'b'],
      count: 2,
      exists: false,
    });
  });

  test('transactions of two clients at once lose nothing', async () => {
    const one = await browser.open();
    const two = await browser.open({ projectId: one.projectId });
    await one.page.evaluate(() => sdk.setDoc(sdk.doc(db, 'counters/a'), { n: 0 }));
    const add = () =>
      Promise.all(
        [1, 2].map(() =>
          sdk.runTransaction(db, async (transaction) => {
            const counter = await transaction.get(sdk.doc(db, 'counters/a'));
            transaction.update(counter.ref, { n: counter.data()!.n + 1 });
          }),
        ),
      ).then(() => undefined);
    await Promise.all([one.page.evaluate(add), two.page.evaluate(add)]);
    const total = await one.page.evaluate(async () =>
      (await sdk.getDocFromServer(sdk.doc(db, 'counters/a'))).get('n'),
    );
    expect(total).toBe(4);
  });

  test('an error of the server is the error of the call', async () => {
    const { page } = await browser.open();
    const codes = await page.evaluate(async () => {
      const codeOf = (call: Promise<unknown>) =>
        call.then(
          () => 'ok',
          (error: { code: string }) => error.code,
        );
      return [
        await codeOf(sdk.updateDoc(sdk.doc(db, 'none/x'), { a: 1 })),
        await codeOf(sdk.setDoc(sdk.doc(db, 'c/__x__'), { a: 1 })),
        await codeOf(sdk.setDoc(sdk.doc(db, 'c/ok'), { a: 1 })),
      ];
    });
    expect(codes).toEqual(['not-found', 'invalid-argument', 'ok']);
  });
});
