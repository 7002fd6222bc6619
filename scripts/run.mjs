#!/usr/bin/env node
// Runs a TypeScript entry point on a Node that understands it: installs the dependencies when they are missing, and a Node of its own
// where the system's is older than `engines` asks for.
// Plain JavaScript without dependencies: this file is what an old Node sees first.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');
const [script, ...args] = process.argv.slice(2);
// `npm start` needs no compiler, browser SDK, test runner or Kubernetes client: leaving them out halves the first start.
const withDev = script !== 'scripts/start.ts';
const PLATFORM_ONLY = ['--omit=dev', '--workspace=services/platform', '--include-workspace-root'];

const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const [wantMajor, wantMinor] = engines.node.replace('>=', '').split('.').map(Number);
const [major, minor] = process.versions.node.split('.').map(Number);
const isNew = major > wantMajor || (major === wantMajor && minor >= wantMinor);
const ownFolder = join(here, 'node');
const own = join(ownFolder, `node_modules/node-${process.platform}-${process.arch}/bin/node`);

/** npm writes the file last; it lists what was installed. */
function isInstalled(folder) {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  return (
    existsSync(installed) &&
    statSync(installed).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs
  );
}

function install(folder, what) {
  const child = spawn(
    'npm',
    ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', ...what],
    { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' },
  );
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

// Side by side: the program is a third of what there is to unpack.
const installs = [];
if (!isInstalled(root) || (withDev && !existsSync(join(root, 'node_modules', 'vitest'))))
  installs.push(install(root, withDev ? [] : PLATFORM_ONLY));
if (!isNew && !isInstalled(ownFolder)) installs.push(install(ownFolder, []));
if (installs.length > 0) console.error('Installing dependencies ...');
const failed = (await Promise.all(installs)).find((code) => code !== 0);
if (failed !== undefined) process.exit(failed);
if (!isNew && !existsSync(own)) {
  console.error(`Node.js ${engines.node} is needed; this is ${process.version}.`);
  process.exit(1);
}

const child = spawn(
  isNew ? process.execPath : own,
  ['--disable-warning=ExperimentalWarning', join(root, script), ...args],
  { cwd: process.cwd(), stdio: 'inherit' },
);
// A terminal's Ctrl-C reaches the child as well; a signal that is sent to this process alone must be passed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 128 + 2 : (code ?? 1);
});
