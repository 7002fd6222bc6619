import { FieldValue } from '@google-cloud/firestore';
import type { Scenario } from './scenario.ts';

const HOT = 'counters/hot';

/** One hot document: every acknowledged increment counts once, and is seen by every read that begins afterwards. */
export function counter(): Scenario {
  let acknowledged = 0;
  let unknown = 0;
  return {
    name: 'hot counter',
    setup: async (firestore) => {
      await firestore.doc(HOT).set({ read: 0, blind: 0 });
    },
    step: async (actor) => {
      const document = actor.firestore.doc(HOT);
      const outcome = await actor.transaction(async (work) => {
        const read = await work.get(document);
        // One field by reading and adding, one by the server's own increment: they must stay equal.
        work.update(document, { read: (read.get('read') as number) + 1, blind: FieldValue.increment(1) });
      });
      if (outcome === 'committed') acknowledged++;
      if (outcome === 'unknown') unknown++;
    },
    audit: async (actor, verdict) => {
      const before = acknowledged;
      const found = actor.random.chance(0.5)
        ? await actor.snapshot((work) => work.get(actor.firestore.doc(HOT)))
        : await actor.firestore.doc(HOT).get();
      const [read, blind] = [found.get('read') as number, found.get('blind') as number];
      if (read !== blind) verdict.violation('lost increment', `read ${read}, blind ${blind}`);
      if (read < before)
        verdict.violation('stale read', `${read}, after ${before} increments were acknowledged`);
    },
    finish: async (actor, verdict) => {
      const value = (await actor.firestore.doc(HOT).get()).get('read') as number;
      const most = acknowledged + unknown;
      const ok = value >= acknowledged && value <= most;
      verdict.check(
        'hot counter: every increment once',
        ok,
        `${value} in the database, ${acknowledged} acknowledged`,
      );
    },
  };
}
