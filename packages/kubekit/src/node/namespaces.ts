import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeCgroups } from './cgroups.ts';
import { NODE_ADDRESS, NODE_NAME } from './settings.ts';

/** The kubelet sets these for the whole machine. */
const SYSCTLS = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];

/** The first process of the namespaces: makes the network and the folders that a node wants, and stays to collect processes that lost their parent. */
const INIT = `set -e
mount --make-rshared /
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/lock /var/lib/cni /var/log/containers
mount -t tmpfs tmpfs /var/lib/cni
mount -t tmpfs tmpfs /var/log/containers
hostname ${NODE_NAME}
ip link set lo up
ip link add node0 type veth peer name node0p
ip link set node0p up
ip address add ${NODE_ADDRESS}/24 dev node0
ip link set node0 up
ip route add default via ${NODE_ADDRESS.replace(/\d+$/, '254')} dev node0
echo 1 > /proc/sys/net/ipv4/ip_forward
"$@"
exit $?`;

/**
 * Runs a program in network, mount, process and other namespaces of its own, in which a node can run. Resolves to its exit code. Whatever it started
 * has ended by then, mounts and networks are gone, and settings of the machine are as they were.
 */
export async function runInNamespaces(
  file: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<number> {
  const settings = SYSCTLS.map((name) => join('/proc/sys', name))
    .filter((path) => existsSync(path))
    .map((path) => [path, readFileSync(path, 'utf8')] as const);
  const child = spawn(
    'unshare',
    [
      '--net',
      '--mount',
      '--pid',
      '--uts',
      '--ipc',
      '--fork',
      // The end of the first process is the end of all.
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
      INIT,
      'sh',
      file,
      ...args,
    ],
    { ...options, stdio: 'inherit' },
  );
  const end = () => child.kill('SIGKILL');
  process.once('SIGTERM', end);
  // A terminal's Ctrl-C reaches the program itself, which then stops in its own way.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    process.removeListener('SIGTERM', end);
    process.removeListener('SIGINT', ignore);
    for (const [path, text] of settings) writeFileSync(path, text);
    await removeCgroups();
  }
}
