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

const SOURCE = join(import.meta.dirname, '../go');
const MODULE_FILES = ['go.mod', 'go.sum', 'main.go'];
const PACKAGES = ['.', 'helm.sh/helm/v3/cmd/helm'];
const NAMES = { cluster: 'kubekit', helm: 'helm' } as const;
const BUILD_TIMEOUT_MS = 30 * 60_000;

/** The programs if they were built already, else undefined. */
export function cachedBinaries(): Binaries | undefined {
  const folder = binariesFolder();
  const binaries = { cluster: join(folder, NAMES.cluster), helm: join(folder, NAMES.helm) };
  return Object.values(binaries).every((file) => existsSync(file)) ? binaries : undefined;
}

/** True when this machine has a Go toolchain to build them with. */
export async function canBuild(): Promise<boolean> {
  return (await run('go', ['version'], {}, 30_000)).code === 0;
}

/**
 * The programs, built from their Go modules where that has not happened yet: 5 to 15 minutes of CPU once, cached afterwards. When another
 * process is building, waits for it. UNAVAILABLE without a Go toolchain or when the build fails.
 */
export async function buildBinaries(log: Log): Promise<Binaries> {
  const deadline = Date.now() + BUILD_TIMEOUT_MS;
  const lockName = `${binariesFolder()}.lock`;
  while (Date.now() < deadline) {
    const cached = cachedBinaries();
    if (cached !== undefined) return cached;
    const lock = tryLock(lockName);
    if (lock === undefined) {
      await delay(500);
      continue;
    }
    try {
      // It may have been finished between the look and the lock.
      if (cachedBinaries() === undefined) await build(log);
    } finally {
      lock.release();
    }
  }
  throw deadlineExceeded(`The control plane was not built within ${BUILD_TIMEOUT_MS / 60_000} minutes.`);
}

async function build(log: Log): Promise<void> {
  if (!(await canBuild())) throw unavailable('Building the control plane needs Go, which is not on PATH.');
  log(`Building Kubernetes ${KUBERNETES_VERSION} from its Go modules, once: this takes minutes`);
  const work = `${binariesFolder()}.${randomUUID()}`;
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
      ['-n', '15', 'go', ...args, '-o', `${work}/`, ...PACKAGES],
      { GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0', GOWORK: 'off' },
      BUILD_TIMEOUT_MS,
    );
    if (code !== 0) throw unavailable(`The control plane cannot be built:\n${output.slice(-4_000)}`);
    rmSync(binariesFolder(), { recursive: true, force: true });
    // Moved when complete: a reader never sees half of them.
    renameSync(work, binariesFolder());
    log('The control plane is built');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function binariesFolder(): string {
  const hash = createHash('sha256');
  for (const file of MODULE_FILES) hash.update(readFileSync(join(SOURCE, file)));
  return join(cacheFolder(), `kubernetes-${KUBERNETES_VERSION}-${hash.digest('hex').slice(0, 12)}`);
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
  env: Record<string, string>,
  timeout: number,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: SOURCE,
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
