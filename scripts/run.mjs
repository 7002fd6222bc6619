#!/usr/bin/env node
// Runs a TypeScript entry point on a Node that understands it: installs the dependencies when they are missing, then
// hands over to the bundled one where the system's own is older than `engines` asks for.
// Plain JavaScript without dependencies: this file is what an old Node sees first.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [script, ...args] = process.argv.slice(2);
// `npm start` needs no compiler, browser SDK, test runner or Kubernetes client: leaving them out makes half of the first start.
const withDev = script !== 'scripts/start.ts';
const PLATFORM_ONLY = ['--omit=dev', '--workspace=services/platform', '--include-workspace-root'];

/** npm writes this file last; it lists what was installed. */
const installed = join(root, 'node_modules', '.package-lock.json');

function isInstalled() {
  if (!existsSync(installed)) return false;
  if (statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs) return false;
  return !withDev || existsSync(join(root, 'node_modules', 'vitest'));
}

if (!isInstalled()) {
  console.error('Installing dependencies ...');
  const what = withDev ? [] : PLATFORM_ONLY;
  const npm = spawnSync(
    'npm',
    ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...what],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  if (npm.status !== 0) process.exit(npm.status ?? 1);
}

const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const [wantMajor, wantMinor] = engines.node.replace('>=', '').split('.').map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);
const isNew = major > wantMajor || (major === wantMajor && minor >= wantMinor);
const bundled = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
if (!isNew && !existsSync(bundled)) {
  console.error(`Node.js ${engines.node} is needed; this is ${process.version}.`);
  process.exit(1);
}
const node = isNew ? process.execPath : bundled;

const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, script), ...args], {
  cwd: process.cwd(),
  stdio: 'inherit',
});
// A terminal's Ctrl-C reaches the child as well; a signal that is sent to this process alone must be passed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 128 + 2 : (code ?? 1);
});
