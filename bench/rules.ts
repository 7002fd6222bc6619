import { parseArgs } from 'node:util';
import { type CollectionReference, Firestore } from '@google-cloud/firestore';
import { documentData } from './src/documents.ts';
import { closedLoop } from './src/load.ts';
import { RULESET } from './src/rules/ruleset.ts';
import { median, type Sample } from './src/sample.ts';
import { figure, table } from './src/table.ts';

/**
 * A user's writes under thirty lines of rules with one get(), beside the same writes of the same user without rules: two projects of one
 * server, in turns of a second (A B, B A, ...), so that both see the same machine.
 */
const { values } = parseArgs({
  options: {
    host: { type: 'string', default: process.env.FIRESTORE_EMULATOR_HOST ?? '127.0.0.1:8080' },
    rounds: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '1,16,64' },
  },
});
delete process.env.FIRESTORE_EMULATOR_HOST;

const { host } = values;
const KNOWN = 1_000;
const OWNER = 'Bearer owner';
const [name = '', port = ''] = host.split(':');

/** A client whose calls carry an `authorization` of their own: the emulator's setting would make it an administrator. */
function client(projectId: string, authorization: string): Firestore {
  return new Firestore({
    projectId,
    ...{ host: name, port: Number(port), ssl: false },
    customHeaders: { Authorization: authorization },
  });
}

function unsignedToken(projectId: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `Bearer ${part({ alg: 'none' })}.${part({ sub: 'ann', aud: projectId, iat: 0 })}.`;
}

interface Side {
  readonly known: CollectionReference;
  close(): Promise<void>;
}

async function prepare(projectId: string, rules: string | undefined): Promise<Side> {
  const headers = { 'content-type': 'application/json', authorization: OWNER };
  const base = `http://${host}/emulator/v1/projects/${projectId}`;
  await fetch(`${base}/databases/(default)/documents`, { method: 'DELETE', headers });
  const admin = client(projectId, OWNER);
  await admin.doc('members/ann').set({ role: 'editor', since: 2026 });
  for (let start = 0; start < KNOWN; start += 500) {
    const batch = admin.batch();
    for (let n = start; n < start + 500; n++) batch.set(admin.doc(`known/${n}`), documentData(0));
    await batch.commit();
  }
  await admin.terminate();
  if (rules !== undefined) {
    const body = JSON.stringify({ rules: { files: [{ name: 'firestore.rules', content: rules }] } });
    const deployed = await fetch(`${base}:securityRules`, { method: 'PUT', headers, body });
    if (!deployed.ok) throw new Error(await deployed.text());
  }
  const user = client(projectId, unsignedToken(projectId));
  return { known: user.collection('known'), close: () => user.terminate() };
}

let counter = 0;
const write = ({ known }: Side) =>
  known.doc(String(Math.floor(Math.random() * KNOWN))).set({ ...documentData(0), number: counter++ });

const sides = {
  'no rules': await prepare('bench-without-rules', undefined),
  rules: await prepare('bench-with-rules', RULESET),
};
type Name = keyof typeof sides;
const seconds = Number(values.seconds);
const rows: string[][] = [];
for (const concurrency of values.concurrency.split(',').map(Number)) {
  const samples: Record<Name, Sample[]> = { 'no rules': [], rules: [] };
  for (let round = -1; round < Number(values.rounds); round++) {
    const order: Name[] = round % 2 === 0 ? ['no rules', 'rules'] : ['rules', 'no rules'];
    for (const side of order) {
      const operation = () => write(sides[side]);
      const sample = await closedLoop({ seconds, warmup: 0, concurrency, operation });
      if (sample.errors > 0) throw new Error(`${side}: ${sample.firstError}`);
      // The first round warms both up.
      if (round >= 0) samples[side].push(sample);
    }
  }
  const ratios = samples.rules.map(({ perSecond }, i) => perSecond / samples['no rules'][i]!.perSecond);
  for (const side of Object.keys(samples) as Name[]) {
    const of = (pick: (sample: Sample) => number) => figure(median(samples[side].map(pick)));
    rows.push([
      `set existing, ${concurrency} in flight`,
      side,
      of((s) => s.perSecond),
      of((s) => s.p50),
      of((s) => s.p95),
      side === 'rules' ? `${figure(median(ratios))}x` : '',
    ]);
  }
}
for (const side of Object.values(sides)) await side.close();
console.log(table(['case', '', 'per s', 'p50 ms', 'p95 ms', 'rate ratio'], rows));
