import type { CampaignResult, Finding } from './campaign.ts';
import type { ListenFinding, ListenResult } from './listen/campaign.ts';
import type { Comparable } from './normalise.ts';

const MAX_JSON = 4000;

function json(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MAX_JSON ? `${text.slice(0, MAX_JSON)}… (${text.length} characters)` : text;
}

function outcome(one: Comparable): string {
  return one.code === 'OK' ? `OK ${json(one.responses)}` : `${one.code} ${JSON.stringify(one.message)}`;
}

function finding(one: Finding, number: number): string {
  const { reproduction, difference } = one;
  const lines = [
    `--- ${number}. ${one.signature}`,
    `    ${one.count} case(s) of kind ${one.kind}, first in suite ${one.suite}${one.reproduced ? '' : '; NOT reproduced alone'}`,
  ];
  for (const write of reproduction.setup) lines.push(`    setup   ${json(write)}`);
  for (const step of reproduction.steps) {
    const mark = step.id === difference.step.id ? '>' : ' ';
    lines.push(
      `   ${mark} ${step.id} ${step.rpc} ${json(step.request)}${step.more ? ` then ${json(step.more)}` : ''}`,
    );
  }
  lines.push(`    differs at ${difference.where}`);
  lines.push(`    oracle  ${outcome(difference.oracle)}`);
  lines.push(`    target  ${outcome(difference.target)}`);
  return lines.join('\n');
}

/** The whole result as text: a table by kind, known differences, and every finding with its reproduction. */
export function report(result: CampaignResult): string {
  const kinds = Object.entries(result.kinds).sort(([a], [b]) => (a < b ? -1 : 1));
  const differing = kinds.reduce((sum, [, { differing: count }]) => sum + count, 0);
  const row = (name: string, cases: number, count: number) =>
    `${name.padEnd(16)} ${String(cases).padStart(7)} ${String(count).padStart(10)}`;
  const lines = [
    `${'kind'.padEnd(16)} ${'cases'.padStart(7)} ${'differing'.padStart(10)}`,
    ...kinds.map(([name, { cases, differing: count }]) => row(name, cases, count)),
    row('all', result.cases, differing),
    '',
    `seed ${result.seed}: ${result.cases} cases, ${result.steps} calls per server, ${(result.milliseconds / 1000).toFixed(1)} s`,
  ];
  for (const [key, count] of Object.entries(result.known)) lines.push(`known difference ${key}: ${count}`);
  for (const failure of result.setupFailures.slice(0, 5)) lines.push(`SETUP FAILED ${failure}`);
  if (result.setupFailures.length > 5) lines.push(`… ${result.setupFailures.length} setups failed`);
  lines.push('', ...result.findings.map((one, index) => finding(one, index + 1)));
  return lines.join('\n');
}

function listenFinding(one: ListenFinding, number: number): string {
  const { setup, targets, actions } = one.reproduction;
  return [
    `--- L${number}. ${one.signature}`,
    `    ${one.count} case(s), first is ${one.index}${one.reproduced ? '' : '; NOT reproduced alone'}`,
    ...setup.map((write) => `    setup   ${json(write)}`),
    ...targets.map((target) => `    target  ${json(target)}`),
    ...actions.map((action) => `    then    ${json(action)}`),
    `    differs at ${one.difference.where}`,
    `    oracle  ${json(one.difference.oracle)}`,
    `    target  ${json(one.difference.target)}`,
  ].join('\n');
}

/** The result of the Listen cases as text. */
export function listenReport(result: ListenResult): string {
  const seconds = (result.milliseconds / 1000).toFixed(1);
  const summary = `listen: ${result.cases} cases, ${result.differing} differing, ${seconds} s`;
  return [summary, '', ...result.findings.map((one, index) => listenFinding(one, index + 1))].join('\n');
}

/** True when nothing differed and nothing was left out. */
export function clean(result: CampaignResult): boolean {
  return result.findings.length === 0 && result.setupFailures.length === 0;
}
