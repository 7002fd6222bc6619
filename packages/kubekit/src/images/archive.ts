import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type LayerEntry, packLayer } from './layer.ts';

const run = promisify(execFile);
const TAR_TIMEOUT_MS = 300_000;
const KEEP_MS = 7 * 24 * 3_600_000;
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface ImageSpec {
  /** Full names with tags: "docker.io/library/postgres:18". */
  readonly names: readonly string[];
  /** From bottom to top; what changes most is best on top. */
  readonly layers: readonly (readonly LayerEntry[])[];
  readonly config: {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly Env?: readonly string[];
    readonly User?: string;
    readonly WorkingDir?: string;
  };
}

/** Packs an image as an OCI archive and resolves to its path in the cache folder. The same content gives the same bytes. */
export async function packImage(image: ImageSpec, cache: string): Promise<string> {
  const layers = [];
  for (const entries of image.layers) layers.push(await packLayer(entries, cache));
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  const config = blobOf('application/vnd.oci.image.config.v1+json', {
    created: new Date(0).toISOString(),
    architecture,
    os: 'linux',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
    history: layers.map(() => ({ created: new Date(0).toISOString() })),
  });
  const manifest = blobOf('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: config.descriptor,
    layers: layers.map(({ digest, size }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: `sha256:${digest}`,
      size,
    })),
  });
  const index = JSON.stringify({
    schemaVersion: 2,
    manifests: image.names.map((name) => ({
      ...manifest.descriptor,
      platform: { os: 'linux', architecture },
      annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
    })),
  });
  const key = createHash('sha256').update(index).digest('hex');
  const file = join(cache, `${key}.oci.tar`);
  if (!existsSync(file)) {
    const work = join(cache, `.${randomUUID()}`);
    const blobs = join(work, 'layout/blobs/sha256');
    try {
      mkdirSync(blobs, { recursive: true });
      writeFileSync(join(work, 'layout/oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
      writeFileSync(join(work, 'layout/index.json'), index);
      for (const { digest, text } of [config, manifest]) writeFileSync(join(blobs, digest), text);
      for (const layer of layers)
        if (!existsSync(join(blobs, layer.digest))) linkSync(layer.file, join(blobs, layer.digest));
      const made = join(work, 'image.tar');
      const layout = ['--directory', join(work, 'layout'), 'oci-layout', 'index.json', 'blobs'];
      await run(
        'tar',
        ['--create', '--file', made, '--sort=name', '--mtime=@0', '--owner=0', '--group=0', ...layout],
        {
          timeout: TAR_TIMEOUT_MS,
        },
      );
      renameSync(made, file);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const now = new Date();
  utimesSync(file, now, now);
  return file;
}

/** Removes layers and archives that nothing has used for a week. */
export function sweepImages(cache: string): void {
  if (!existsSync(cache)) return;
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}

function blobOf(mediaType: string, content: unknown) {
  const text = JSON.stringify(content);
  const digest = createHash('sha256').update(text).digest('hex');
  return {
    text,
    digest,
    descriptor: { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) },
  };
}
