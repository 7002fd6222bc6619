import { type DocumentReference, FieldValue, type Firestore } from '@google-cloud/firestore';
import { codeOf } from '../clients.ts';
import type { Random } from '../random.ts';
import type { Counts } from '../verdict.ts';
import { WORLD } from './queries.ts';

function anyDocument(firestore: Firestore, random: Random): DocumentReference {
  const room = random.below(WORLD.rooms);
  const id = `d${String(random.below(WORLD.documents)).padStart(2, '0')}`;
  return firestore.doc(`rooms/r${room}/${WORLD.collectionId}/${id}`);
}

function anyData(random: Random): Record<string, unknown> {
  return {
    kind: random.below(4),
    // Few values, so that ties are common and the order by name decides.
    score: random.below(25) * 4,
    tags: random.distinct(random.below(3), WORLD.tags.length).map((n) => WORLD.tags[n]),
    note: random.below(1_000_000),
  };
}

/** One write of a random kind. */
async function write(firestore: Firestore, random: Random): Promise<string> {
  const document = anyDocument(firestore, random);
  const dice = random.next();
  if (dice < 0.35) {
    await document.set(anyData(random));
    return 'set';
  }
  if (dice < 0.55) {
    await document.set({ score: FieldValue.increment(random.below(9) - 4) }, { merge: true });
    return 'merge with increment';
  }
  if (dice < 0.7) {
    await document.delete();
    return 'delete';
  }
  if (dice < 0.85) {
    const batch = firestore.batch();
    for (let n = 0; n < 6; n++) {
      const one = anyDocument(firestore, random);
      if (random.chance(0.3)) batch.delete(one);
      else batch.set(one, anyData(random));
    }
    await batch.commit();
    return 'batch';
  }
  await firestore.runTransaction(async (transaction) => {
    const other = anyDocument(firestore, random);
    const [one, two] = await transaction.getAll(document, other);
    // Swap two documents: a listener must never see one half of it.
    if (two?.exists) transaction.set(document, two.data() ?? {});
    if (one?.exists && other.path !== document.path) transaction.set(other, one.data() ?? {});
    else if (!one?.exists) transaction.set(document, anyData(random));
  });
  return 'transaction';
}

export interface Pace {
  /** Whether to go on. */
  running: () => boolean;
  /** Waits for the next turn; bounds the rate of writes. */
  turn: () => Promise<void>;
}

/** Writes until told to stop; failed writes are counted, not fatal. */
export async function runWriter(
  firestore: Firestore,
  random: Random,
  pace: Pace,
  counts: Counts,
): Promise<void> {
  while (pace.running()) {
    try {
      counts.add(await write(firestore, random));
    } catch (error) {
      counts.add(`error ${codeOf(error)}`);
    }
    await pace.turn();
  }
}
