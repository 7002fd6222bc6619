import { setTimeout as delay } from 'node:timers/promises';
import type { Counts, Verdict } from '../verdict.ts';
import type { Progress } from './progress.ts';
import { type Part, restarted, whenReady } from './ready-file.ts';

export interface FaultPlan {
  readyFile: string;
  rounds: number;
  /** Seconds of undisturbed load between two kills. */
  every: number;
  /** Seconds within which writes must be acknowledged again, and the part must be back. */
  recovery: number;
  /** Names of parts to kill; all when it matches everything. */
  only: RegExp;
}

/** Acknowledgements after a kill that count as working again: more than those that were already on their way. */
const PROGRESS = 20;

/** The part whose turn it is: by name, so that each one is killed as often as the others. */
async function nextPart(plan: FaultPlan, round: number): Promise<Part | undefined> {
  const ready = await whenReady(plan.readyFile, plan.recovery);
  const parts = ready.processes.filter((part) => plan.only.test(part.name));
  const names = [...new Set(parts.map((part) => part.name))].sort();
  const name = names[round % Math.max(1, names.length)];
  return parts.find((part) => part.name === name);
}

/** Kills one part after the other under load; returns the seconds from each kill to working again. */
export async function injectFaults(
  plan: FaultPlan,
  progress: Progress,
  verdict: Verdict,
  killed: Counts,
): Promise<number[]> {
  const recoveries: number[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    await delay(plan.every * 1000);
    const part = await nextPart(plan, round);
    if (!part) throw new Error(`the ready file names no process that matches ${plan.only}`);
    try {
      process.kill(part.pid, 'SIGKILL');
    } catch (error) {
      verdict.violation('a part of the ready file does not live', `${part.name} ${part.pid}: ${error}`);
      continue;
    }
    killed.add(part.name);
    const at = performance.now();
    const [working, back] = await Promise.all([
      progress.reaches(PROGRESS, plan.recovery),
      restarted(plan.readyFile, part, plan.recovery),
    ]);
    const seconds = (performance.now() - at) / 1000;
    recoveries.push(seconds);
    console.error(
      `round ${round + 1}/${plan.rounds}: killed ${part.name}, recovered in ${seconds.toFixed(1)} s`,
    );
    if (!working) verdict.violation('no recovery in time', `${part.name}: no writes in ${plan.recovery} s`);
    if (!back) verdict.violation('a part was not restarted', `${part.name} (was ${part.pid})`);
  }
  return recoveries;
}
