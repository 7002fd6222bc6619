import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { deadlineExceeded, unavailable } from '@telestack/errors';
import { cacheFolder, type Log, lockFolder } from '@telestack/launch';

/** The version of every part; go.mod pins it, go.sum proves it. */
export const KUBERNETES_VERSION = 'v1.34.1';

export interface Binaries {
  /** etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kubectl, chosen by its first argument. */
  readonly cluster: string;
  readonly helm: string;
}

/** What only a real node needs. */
export interface NodeBinaries {
  /** kubelet and kube-proxy, chosen by its first argument. */
  readonly node: string;
  readonly coredns: string;
}

/** Programs that are built together, from the packages of one Go module. */
interface Build {
  readonly what: string;
  readonly source: string;
  /** What they are built from, beside the modules that go.sum names. */
  readonly files: readonly string[];
  readonly packages: readonly string[];
  /** Names of the executables. */
  readonly names: readonly string[];
}

const SOURCE = join(import.meta.dirname, '../go');
const CLUSTER: Build = {
  what: 'cluster',
  source: SOURCE,
  files: ['main.go'],
  packages: ['.', 'helm.sh/helm/v3/cmd/helm'],
  names: ['kubekit', 'helm'],
};
const NODE: Build = {
  what: 'node',
  source: SOURCE,
  files: ['node/main.go'],
  packages: ['./node'],
  names: ['node'],
};
const COREDNS: Build = {
  what: 'coredns',
  source: join(import.meta.dirname, '../coredns'),
  files: ['main.go'],
  packages: ['.'],
  names: ['coredns'],
};
const BUILD_TIMEOUT_MS = 30 * 60_000;

/** The programs if they were built already, else undefined. */
export function cachedBinaries(): Binaries | undefined {
  const [cluster, helm] = cached(CLUSTER) ?? [];
  return cluster === undefined || helm === undefined ? undefined : { cluster, helm };
}

function cached(build: Build): string[] | undefined {
  const files = build.names.map((name) => join(folderOf(build), name));
  return files.every((file) => existsSync(file)) ? files : undefined;
}

/** True when this machine has a Go toolchain to build them with. */
export async function canBuild(): Promise<boolean> {
  return (await run('go', ['version'], SOURCE, {}, 30_000)).code === 0;
}

/**
 * The programs, built from their Go modules where that has not happened yet: 5 to 15 minutes of CPU once, cached afterwards. When another
 * process is building, waits for it. UNAVAILABLE without a Go toolchain or when the build fails.
 */
export async function buildBinaries(log: Log): Promise<Binaries> {
  const [cluster, helm] = await buildOnce(CLUSTER, log);
  return { cluster: cluster!, helm: helm! };
}

/** The same for the programs of a node. */
export async function buildNodeBinaries(log: Log): Promise<NodeBinaries> {
  const [node] = await buildOnce(NODE, log);
  const [coredns] = await buildOnce(COREDNS, log);
  return { node: node!, coredns: coredns! };
}

async function buildOnce(target: Build, log: Log): Promise<string[]> {
  const deadline = Date.now() + BUILD_TIMEOUT_MS;
  const lockName = `${folderOf(target)}.lock`;
  while (Date.now() < deadline) {
    const files = cached(target);
    if (files !== undefined) return files;
    const lock = tryLock(lockName);
    if (lock === undefined) {
      await delay(500);
      continue;
    }
    try {
      // It may have been finished between the look and the lock.
      if (cached(target) === undefined) await build(target, log);
    } finally {
      lock.release();
    }
  }
  throw deadlineExceeded(`Kubernetes was not built within ${BUILD_TIMEOUT_MS / 60_000} minutes.`);
}

async function build(target: Build, log: Log): Promise<void> {
  if (!(await canBuild())) throw unavailable('Building Kubernetes needs Go, which is not on PATH.');
  log(
    `Building Kubernetes ${KUBERNETES_VERSION} (${target.what}) from its Go modules, once: this takes minutes`,
  );
  const work = `${folderOf(target)}.${randomUUID()}`;
  mkdirSync(work, { recursive: true });
  try {
    const [major, minor] = KUBERNETES_VERSION.slice(1).split('.');
    const version = 'k8s.io/component-base/version';
    const set = [
      `-X ${version}.gitVersion=${KUBERNETES_VERSION}`,
      `-X ${version}.gitMajor=${major}`,
      `-X ${version}.gitMinor=${minor}`,
      `-X ${version}.gitTreeState=clean`,
      `-X k8s.io/client-go/pkg/version.gitVersion=${KUBERNETES_VERSION}`,
    ];
    const args = ['build', '-p', '2', '-mod=readonly', '-trimpath', '-ldflags', ['-s -w', ...set].join(' ')];
    // Last in line for the CPU: tests run meanwhile.
    const { code, output } = await run(
      'nice',
      ['-n', '15', 'go', ...args, '-o', `${work}/`, ...target.packages],
      target.source,
      { GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0', GOWORK: 'off' },
      BUILD_TIMEOUT_MS,
    );
    if (code !== 0) throw unavailable(`Kubernetes cannot be built:\n${output.slice(-4_000)}`);
    rmSync(folderOf(target), { recursive: true, force: true });
    // Moved when complete: a reader never sees half of them.
    renameSync(work, folderOf(target));
    log(`Kubernetes (${target.what}) is built`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function folderOf({ what, source, files }: Build): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', ...files]) hash.update(readFileSync(join(source, file)));
  const name = `kubernetes-${KUBERNETES_VERSION}-${what}-${hash.digest('hex').slice(0, 12)}`;
  return join(cacheFolder(), name);
}

function tryLock(folder: string): { release(): void } | undefined {
  try {
    const lock = lockFolder(folder);
    return {
      release() {
        lock.release();
        if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch {
    return undefined;
  }
}

function run(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  timeout: number,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-16_384);
      });
    }
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
