import { AggregateField, FieldValue } from '@google-cloud/firestore';
import { expect, it } from 'vitest';
import { admin, fill, ids } from '../support/admin.ts';
import { describeTarget, isEmulator } from '../support/target.ts';

const NUMBERS = { a: { n: 1, k: 'x' }, b: { n: 2.5, k: 'x' }, c: { n: 'text', k: 'y' }, d: { k: 'y' } };

describeTarget('aggregates, vectors, partitions and plans through @google-cloud/firestore', () => {
  it('counts, sums and averages', async () => {
    const firestore = admin();
    await fill(firestore, 'n', NUMBERS);
    const all = firestore.collection('n');
    expect((await all.count().get()).data()).toEqual({ count: 4 });
    expect((await all.limit(3).count().get()).data()).toEqual({ count: 3 });
    const aggregate = {
      rows: AggregateField.count(),
      sum: AggregateField.sum('n'),
      mean: AggregateField.average('n'),
    };
    // A field that is aggregated makes the query skip documents without it.
    expect((await all.aggregate(aggregate).get()).data()).toEqual({ rows: 3, sum: 3.5, mean: 1.75 });
    const none = await all.where('k', '==', 'none').aggregate(aggregate).get();
    expect(none.data()).toEqual({ rows: 0, sum: 0, mean: null });
    expect(none.readTime.toMillis()).toBeGreaterThan(0);
  });

  it('aggregates inside a transaction', async () => {
    const firestore = admin();
    await fill(firestore, 'n', NUMBERS);
    const found = await firestore.runTransaction(async (transaction) => {
      const count = await transaction.get(firestore.collection('n').where('k', '==', 'x').count());
      transaction.set(firestore.doc('totals/x'), { count: count.data().count });
      return count.data().count;
    });
    expect(found).toBe(2);
    expect((await firestore.doc('totals/x').get()).get('count')).toBe(2);
  });

  it('finds the nearest vectors', async () => {
    const firestore = admin();
    await fill(firestore, 'v', {
      near: { at: FieldValue.vector([1, 0]), n: 1 },
      far: { at: FieldValue.vector([9, 9]), n: 1 },
      mid: { at: FieldValue.vector([2, 2]), n: 2 },
      other: { at: FieldValue.vector([1, 2, 3]), n: 1 },
      none: { n: 1 },
    });
    const nearest = firestore.collection('v').findNearest({
      vectorField: 'at',
      queryVector: [1, 1],
      limit: 2,
      distanceMeasure: 'EUCLIDEAN',
      distanceResultField: 'distance',
    });
    const found = (await nearest.get()).docs;
    expect(found.map((one) => one.id)).toEqual(['near', 'mid']);
    expect(found[0]?.get('distance')).toBeCloseTo(1);
    expect(found[1]?.get('distance')).toBeCloseTo(Math.SQRT2);
  });

  it.skipIf(isEmulator)('splits a collection group into partitions that cover it once', async () => {
    const firestore = admin();
    const documents = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`d${n}`, { n }]));
    await fill(firestore, 'parts', documents);
    const group = firestore.collectionGroup('parts');
    const found: string[] = [];
    let partitions = 0;
    for await (const partition of group.getPartitions(4)) {
      partitions++;
      found.push(...(await ids(partition.toQuery())));
    }
    expect(partitions).toBeGreaterThan(1);
    expect(partitions).toBeLessThanOrEqual(4);
    expect(found.sort()).toEqual(Object.keys(documents).sort());
  });

  it.skipIf(isEmulator)('explains a query, with and without running it', async () => {
    const firestore = admin();
    await fill(firestore, 'n', NUMBERS);
    const query = firestore.collection('n').where('k', '==', 'x');
    const plan = await query.explain();
    expect(plan.snapshot).toBeNull();
    expect(plan.metrics.executionStats).toBeNull();
    expect(plan.metrics.planSummary.indexesUsed.length).toBeGreaterThan(0);
    const run = await query.explain({ analyze: true });
    expect(run.snapshot?.size).toBe(2);
    expect(run.metrics.executionStats?.resultsReturned).toBe(2);
    expect(run.metrics.executionStats?.readOperations).toBe(2);
    expect(run.metrics.executionStats?.debugStats).toMatchObject({
      documents_scanned: '2',
      index_entries_scanned: '2',
      billing_details: { documents_billable: '2', index_entries_billable: '0' },
    });
    const counted = await query.count().explain({ analyze: true });
    expect(counted.metrics.executionStats?.debugStats).toMatchObject({
      documents_scanned: '0',
      index_entries_scanned: '2',
      billing_details: { documents_billable: '0', index_entries_billable: '2' },
    });
  });
});
