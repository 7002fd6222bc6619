import type { Scenario } from './scenario.ts';

const ROOMS = 3;
const CAP = 5;
const COLLECTION = 'bookings';

/** Inserts are allowed by what a query does not find: a room takes so many bookings, and a seat only one. */
export function phantoms(): Scenario {
  return {
    name: 'phantoms',
    setup: async () => {},
    step: async (actor) => {
      const { firestore, random } = actor;
      const room = random.below(ROOMS);
      const seat = random.below(2 * CAP);
      const collection = firestore.collection(COLLECTION);
      const booking = collection.doc();
      await actor.transaction(async (work) => {
        const taken = await work.query(collection.where('room', '==', room));
        const free = !taken.docs.some((one) => one.get('seat') === seat);
        if (taken.size < CAP) {
          if (free) work.create(booking, { room, seat });
        } else {
          // A full room is emptied, so that the race for its last place happens again and again.
          for (const one of taken.docs.slice(1)) work.delete(one.ref);
        }
      });
    },
    audit: async (actor, verdict) => {
      const documents = await actor.snapshot((work) => work.query(actor.firestore.collection(COLLECTION)));
      for (let room = 0; room < ROOMS; room++) {
        const seats = documents.docs.filter((one) => one.get('room') === room).map((one) => one.get('seat'));
        if (seats.length > CAP)
          verdict.violation('more bookings than the cap', `room ${room}: ${seats.length}`);
        if (new Set(seats).size < seats.length)
          verdict.violation('a seat was booked twice', `room ${room}: ${seats.join(' ')}`);
      }
    },
  };
}
