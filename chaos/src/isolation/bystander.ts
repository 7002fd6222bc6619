import type { Firestore } from '@google-cloud/firestore';
import type { Progress } from '../durability/progress.ts';

/** Writes in flight of one bystander. */
const WRITES = 8;

/** Commits to documents that nobody looks at, as fast as it goes: others must not confuse the server about who has seen what. */
export async function standBy(
  firestore: Firestore,
  id: number,
  running: () => boolean,
  commits: Progress,
): Promise<void> {
  const write = async (n: number) => {
    const document = firestore.doc(`bystanders/${id}-${n}`);
    for (let count = 0; running(); count++) {
      // A failure is no news here: parts of the server may be down.
      await document.set({ count }).then(
        () => commits.add(),
        () => {},
      );
    }
  };
  await Promise.all(Array.from({ length: WRITES }, (_, n) => write(n)));
}
