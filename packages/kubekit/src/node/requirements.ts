import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { promisify } from 'node:util';
import { failedPrecondition } from '@telestack/errors';
import type { Log } from '@telestack/launch';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** What a node needs of the machine: a file that shows that it is there, and the Debian package that brings it. */
const REQUIREMENTS: readonly (readonly [pattern: string, debianPackage: string])[] = [
  ['/usr/bin/containerd', 'containerd'],
  ['/usr/{s,}bin/runc', 'runc'],
  ['/usr/lib/cni/bridge', 'containernetworking-plugins'],
  ['/usr/sbin/iptables', 'iptables'],
  ['/usr/sbin/conntrack', 'conntrack'],
  ['/{usr/,}{s,}bin/ip', 'iproute2'],
  ['/usr/bin/unshare', 'util-linux'],
];

/** Why a node cannot run here, whatever is installed; undefined where it can. */
export function whyNoNode(): string | undefined {
  if (process.platform !== 'linux') return `a node needs Linux; this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'a node needs root';
  return undefined;
}

/**
 * Installs with apt what is missing of the node's own requirements and of `more`, in the same form. FAILED_PRECONDITION with the packages' names where
 * there is no apt.
 */
export async function installRequirements(
  log: Log,
  more: readonly (readonly [string, string])[] = [],
): Promise<void> {
  const missing = [...REQUIREMENTS, ...more].filter(([pattern]) => globSync(pattern).length === 0);
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  if (!existsSync('/usr/bin/apt-get'))
    throw failedPrecondition(`Missing: ${packages.join(', ')}. There is no apt to install them with.`);
  log(`Installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, timeout: INSTALL_TIMEOUT_MS, maxBuffer: 64e6 };
  await run('apt-get', ['update', '-qq'], options);
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}
