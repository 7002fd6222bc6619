// `npm run e2e:kubernetes`: the chart, the operator and a project's pods on a real node. Arguments go to vitest.
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { buildBinaries, installRequirements, runInNamespaces, whyNoNode } from '@telestack/kubekit';
import { makeTempFolder } from '@telestack/launch';
import { packArchives } from './images/pack.ts';
import { IMAGE_REQUIREMENTS } from './images/servers.ts';

const root = join(import.meta.dirname, '../..');
const log = (line: string) => console.log(`${(performance.now() / 1_000).toFixed(1).padStart(7)}  ${line}`);
const vitest = [
  join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--config',
  join(import.meta.dirname, 'vitest.config.ts'),
  ...process.argv.slice(2),
];

process.exitCode = await main();

async function main(): Promise<number> {
  if (process.env.KUBECONFIG) {
    log(`Using the cluster of ${process.env.KUBECONFIG}`);
    return run();
  }
  const reason = whyNoNode();
  if (reason !== undefined) {
    log(`skipped: ${reason}`);
    return 0;
  }
  await installRequirements(log, IMAGE_REQUIREMENTS);
  await buildBinaries(log);
  const images = await packArchives(log);
  log('The images are packed');
  const folder = await makeTempFolder('telestack-kubernetes-', log);
  try {
    return await runInNamespaces(process.execPath, vitest, {
      cwd: root,
      env: {
        ...process.env,
        PATH: [dirname(process.execPath), process.env.PATH, '/usr/sbin', '/sbin'].join(delimiter),
        // Nothing but the node is to be reached.
        NO_PROXY: '*',
        KUBERNETES_FOLDER: folder.path,
        KUBERNETES_IMAGES: images.join(delimiter),
      },
    });
  } finally {
    folder.remove();
  }
}

/** Without namespaces, against a cluster that is there. */
function run(): Promise<number> {
  const child = spawn(process.execPath, vitest, { cwd: root, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
