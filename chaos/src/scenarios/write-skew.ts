import type { Scenario } from './scenario.ts';

const WARDS = 4;
const DOCTORS = 3;
const COLLECTION = 'doctors';

/** Doctors go off call only while another one of their ward stays: each writes what the other has only read. */
export function writeSkew(): Scenario {
  return {
    name: 'write skew',
    setup: async (firestore) => {
      const batch = firestore.batch();
      for (let ward = 0; ward < WARDS; ward++) {
        for (let doctor = 0; doctor < DOCTORS; doctor++)
          batch.set(firestore.doc(`${COLLECTION}/w${ward}d${doctor}`), { ward, onCall: true });
      }
      await batch.commit();
    },
    step: async (actor) => {
      const { firestore, random } = actor;
      const ward = random.below(WARDS);
      const collection = firestore.collection(COLLECTION);
      const self = collection.doc(`w${ward}d${random.below(DOCTORS)}`);
      const byQuery = random.chance(0.5);
      await actor.transaction(async (work) => {
        const documents = byQuery
          ? (await work.query(collection.where('ward', '==', ward))).docs
          : await work.getAll(...Array.from({ length: DOCTORS }, (_, n) => collection.doc(`w${ward}d${n}`)));
        const others = documents.filter((one) => one.id !== self.id && one.get('onCall') === true);
        const onCall = documents.some((one) => one.id === self.id && one.get('onCall') === true);
        if (!onCall) work.update(self, { onCall: true });
        else if (others.length > 0) work.update(self, { onCall: false });
      });
    },
    audit: async (actor, verdict) => {
      const documents = await actor.snapshot((work) =>
        work.query(actor.firestore.collection(COLLECTION).where('onCall', '==', true)),
      );
      for (let ward = 0; ward < WARDS; ward++) {
        if (!documents.docs.some((one) => one.get('ward') === ward))
          verdict.violation(
            'nobody is on call',
            `ward ${ward} at ${documents.readTime.toDate().toISOString()}`,
          );
      }
    },
  };
}
