import { FieldPath, Filter, type Firestore, type Query } from '@google-cloud/firestore';
import { expect, it } from 'vitest';
import { admin, fill, ids } from '../support/admin.ts';
import { describeTarget } from '../support/target.ts';

const CITIES = {
  berlin: { country: 'DE', people: 3_700, tags: ['capital', 'river'], area: { km2: 891 } },
  hamburg: { country: 'DE', people: 1_900, tags: ['harbour', 'river'], area: { km2: 755 } },
  munich: { country: 'DE', people: 1_500, tags: ['river'], area: { km2: 310 } },
  paris: { country: 'FR', people: 2_100, tags: ['capital', 'river'], area: { km2: 105 } },
  lyon: { country: 'FR', people: 500, tags: [], area: { km2: 47 } },
  nowhere: { country: null, people: 'few' },
  unknown: { people: 1 },
};

async function cities(): Promise<{ firestore: Firestore; all: Query & ReturnType<Firestore['collection']> }> {
  const firestore = admin();
  await fill(firestore, 'cities', CITIES);
  return { firestore, all: firestore.collection('cities') };
}

describeTarget('queries through @google-cloud/firestore', () => {
  it('compares, and only within a type', async () => {
    const { all } = await cities();
    expect(await ids(all.where('people', '>', 1_900))).toEqual(['paris', 'berlin']);
    expect(await ids(all.where('people', '>=', 1_900).where('people', '<', 3_000))).toEqual([
      'hamburg',
      'paris',
    ]);
    expect(await ids(all.where('people', '<=', 500))).toEqual(['unknown', 'lyon']);
    expect(await ids(all.where('people', '>', ''))).toEqual(['nowhere']);
    expect(await ids(all.where('area.km2', '==', 105))).toEqual(['paris']);
  });

  it('knows null, missing and not equal', async () => {
    const { all } = await cities();
    expect(await ids(all.where('country', '==', null))).toEqual(['nowhere']);
    expect(await ids(all.where('country', '!=', 'DE'))).toEqual(['lyon', 'paris']);
    expect(await ids(all.where('country', '!=', null))).toHaveLength(5);
    expect(await ids(all.where('country', 'not-in', ['DE', 'IT']))).toEqual(['lyon', 'paris']);
  });

  it('knows NaN', async () => {
    const firestore = admin();
    await fill(firestore, 'n', { nan: { v: Number.NaN }, one: { v: 1 }, text: { v: 'x' }, none: {} });
    expect(await ids(firestore.collection('n').where('v', '==', Number.NaN))).toEqual(['nan']);
    expect(await ids(firestore.collection('n').where('v', '!=', Number.NaN))).toEqual(['one', 'text']);
  });

  it('finds members: in, array-contains, array-contains-any', async () => {
    const { all } = await cities();
    expect(await ids(all.where('country', 'in', ['FR', 'IT']))).toEqual(['lyon', 'paris']);
    expect(await ids(all.where('tags', 'array-contains', 'capital'))).toEqual(['berlin', 'paris']);
    expect(await ids(all.where('tags', 'array-contains-any', ['harbour', 'capital']))).toEqual([
      'berlin',
      'hamburg',
      'paris',
    ]);
    const byName = all.where(FieldPath.documentId(), 'in', ['lyon', 'berlin', 'rome']);
    expect(await ids(byName)).toEqual(['berlin', 'lyon']);
  });

  it('combines with AND and OR', async () => {
    const { all } = await cities();
    const filter = Filter.or(
      Filter.and(Filter.where('country', '==', 'DE'), Filter.where('people', '>', 3_000)),
      Filter.where('tags', 'array-contains', 'harbour'),
      Filter.where('country', '==', null),
    );
    expect(await ids(all.where(filter).orderBy('people'))).toEqual(['hamburg', 'berlin', 'nowhere']);
    expect(await ids(all.where(filter).orderBy('people', 'desc').limit(2))).toEqual(['nowhere', 'berlin']);
  });

  it('takes inequalities on several fields', async () => {
    const { all } = await cities();
    const query = all
      .where('people', '>', 1_000)
      .where('area.km2', '<', 800)
      .orderBy('people')
      .orderBy('area.km2');
    expect(await ids(query)).toEqual(['munich', 'hamburg', 'paris']);
  });

  it('orders by several fields, across types and by name', async () => {
    const { all } = await cities();
    expect(await ids(all.orderBy('people'))).toEqual([
      ...['unknown', 'lyon', 'munich', 'hamburg', 'paris', 'berlin', 'nowhere'],
    ]);
    expect(await ids(all.orderBy('country', 'desc').orderBy('people'))).toEqual([
      ...['lyon', 'paris', 'munich', 'hamburg', 'berlin', 'nowhere'],
    ]);
    expect(await ids(all.orderBy('country').orderBy(FieldPath.documentId(), 'desc'))).toEqual([
      ...['nowhere', 'munich', 'hamburg', 'berlin', 'paris', 'lyon'],
    ]);
  });

  it('limits from either end, skips, and pages by cursors', async () => {
    const { all } = await cities();
    const ordered = all.where('country', 'in', ['DE', 'FR']).orderBy('people');
    expect(await ids(ordered.limit(2))).toEqual(['lyon', 'munich']);
    expect(await ids(ordered.limitToLast(2))).toEqual(['paris', 'berlin']);
    expect(await ids(ordered.offset(1).limit(2))).toEqual(['munich', 'hamburg']);
    expect(await ids(ordered.startAt(1_500).endBefore(2_100))).toEqual(['munich', 'hamburg']);
    expect(await ids(ordered.startAfter(1_500).endAt(2_100))).toEqual(['hamburg', 'paris']);
    const page = await ordered.limit(3).get();
    expect(await ids(ordered.startAfter(page.docs.at(-1)!))).toEqual(['paris', 'berlin']);
    expect(await ids(ordered.endBefore(page.docs.at(-1)!).limitToLast(1))).toEqual(['munich']);
  });

  it('selects fields', async () => {
    const { all } = await cities();
    const [berlin] = (await all.where('people', '==', 3_700).select('area.km2', 'country').get()).docs;
    expect(berlin?.data()).toEqual({ country: 'DE', area: { km2: 891 } });
    expect((await all.select().limit(1).get()).docs[0]?.data()).toEqual({});
  });

  it('queries a collection group, whatever its parents', async () => {
    const firestore = admin();
    await fill(firestore, 'a/1/marks', { x: { n: 1 }, y: { n: 3 } });
    await fill(firestore, 'b/2/c/3/marks', { z: { n: 2 } });
    await fill(firestore, 'marks', { root: { n: 4 } });
    await fill(firestore, 'a/1/other', { no: { n: 0 } });
    const group = firestore.collectionGroup('marks');
    expect(await ids(group.orderBy('n'))).toEqual(['x', 'z', 'y', 'root']);
    expect(await ids(group.where('n', '>', 2).orderBy('n'))).toEqual(['y', 'root']);
    expect(await ids(group)).toEqual(['x', 'y', 'z', 'root']);
  });

  it('orders strings by their UTF-8 bytes', async () => {
    const firestore = admin();
    const words = ['a', 'B', 'é', '\uff5e', '\u{1f600}', 'aa', ''];
    await fill(firestore, 's', Object.fromEntries(words.map((word, n) => [`d${n}`, { word }])));
    const found = (await firestore.collection('s').orderBy('word').get()).docs.map((one) => one.get('word'));
    expect(found).toEqual(['', 'B', 'a', 'aa', 'é', '\uff5e', '\u{1f600}']);
  });

  it('streams, and refuses impossible queries with a reason', async () => {
    const { firestore, all } = await cities();
    const names: string[] = [];
    for await (const document of all.orderBy('people').stream() as AsyncIterable<{ id: string }>)
      names.push(document.id);
    expect(names).toHaveLength(7);
    const many = Array.from({ length: 31 }, (_, n) => n);
    await expect(all.where('people', 'in', many).get()).rejects.toMatchObject({ code: 3 });
    expect((await firestore.collection('none').get()).empty).toBe(true);
  });
});
