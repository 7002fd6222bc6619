import type { Scenario } from './scenario.ts';

const ACCOUNTS = 16;
const START = 100;
const COLLECTION = 'accounts';

/** Money moves between accounts: the sum stays, and no account is overdrawn. */
export function transfers(): Scenario {
  return {
    name: 'transfers',
    setup: async (firestore) => {
      const batch = firestore.batch();
      for (let n = 0; n < ACCOUNTS; n++) batch.set(firestore.doc(`${COLLECTION}/a${n}`), { balance: START });
      await batch.commit();
    },
    step: async (actor) => {
      const { firestore, random } = actor;
      const [from, to] = random.distinct(2, ACCOUNTS).map((n) => firestore.doc(`${COLLECTION}/a${n}`));
      const amount = 1 + random.below(60);
      await actor.transaction(async (work) => {
        const [source, sink] = await work.getAll(from!, to!);
        const balance = source!.get('balance') as number;
        if (balance < amount) return;
        work.update(from!, { balance: balance - amount });
        work.update(to!, { balance: (sink!.get('balance') as number) + amount });
      });
    },
    audit: async (actor, verdict) => {
      const documents = await actor.snapshot(async (work) => {
        const collection = actor.firestore.collection(COLLECTION);
        if (actor.random.chance(0.5)) return (await work.query(collection)).docs;
        // One request for each document: the snapshot has to hold over several of them.
        const found = [];
        for (let n = 0; n < ACCOUNTS; n++) found.push(await work.get(collection.doc(`a${n}`)));
        return found;
      });
      const balances = documents.map((document) => document.get('balance') as number);
      const sum = balances.reduce((total, balance) => total + balance, 0);
      if (sum !== ACCOUNTS * START) verdict.violation('sum of all accounts changed', `${sum}: ${balances}`);
      if (balances.some((balance) => balance < 0)) verdict.violation('overdrawn account', `${balances}`);
    },
  };
}
