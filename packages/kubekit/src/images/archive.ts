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
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Layer, type LayerEntry, packLayer } from './layer.ts';

const run = promisify(execFile);
const TAR_TIMEOUT_MS = 300_000;
const KEEP_MS = 7 * 24 * 3_600_000;
/** As images name it. */
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

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
    readonly StopSignal?: string;
  };
}

/**
 * Packs images as one OCI archive, in which they share layers, and resolves to its path in the cache folder. The same content gives the same
 * bytes. Lists of entries that are the same object are looked at once.
 */
export async function packImages(images: readonly ImageSpec[], cache: string): Promise<string> {
  const layers = new Map<readonly LayerEntry[], Layer>();
  for (const entries of images.flatMap((it) => it.layers))
    if (!layers.has(entries)) layers.set(entries, await packLayer(entries, cache));
  const blobs: Blob[] = [];
  const manifests = images.flatMap((image) => {
    const own = image.layers.map((it) => layers.get(it)!);
    const { config, manifest } = describe(image, own);
    blobs.push(config, manifest);
    return image.names.map((name) => ({
      ...manifest.descriptor,
      platform: { os: 'linux', architecture: ARCHITECTURE },
      annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name },
    }));
  });
  const index = JSON.stringify({ schemaVersion: 2, manifests });
  const file = join(cache, `${sha256(index)}.oci.tar`);
  if (!existsSync(file)) await writeArchive(file, index, blobs, [...layers.values()]);
  const now = new Date();
  utimesSync(file, now, now);
  return file;
}

interface Blob {
  readonly text: string;
  readonly digest: string;
  readonly descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
}

function describe(image: ImageSpec, layers: readonly Layer[]): { config: Blob; manifest: Blob } {
  const config = blobOf('application/vnd.oci.image.config.v1+json', {
    created: new Date(0).toISOString(),
    architecture: ARCHITECTURE,
    os: 'linux',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => `sha256:${digest}`) },
    history: layers.map(() => ({ created: new Date(0).toISOString() })),
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = blobOf(mediaType, {
    schemaVersion: 2,
    mediaType,
    config: config.descriptor,
    layers: layers.map(({ digest, size }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: `sha256:${digest}`,
      size,
    })),
  });
  return { config, manifest };
}

async function writeArchive(
  file: string,
  index: string,
  texts: readonly Blob[],
  layers: readonly Layer[],
): Promise<void> {
  const work = join(dirname(file), `.${randomUUID()}`);
  const layout = join(work, 'layout');
  const blobs = join(layout, 'blobs/sha256');
  try {
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(layout, 'index.json'), index);
    for (const { digest, text } of texts) writeFileSync(join(blobs, digest), text);
    for (const layer of layers)
      if (!existsSync(join(blobs, layer.digest))) linkSync(layer.file, join(blobs, layer.digest));
    const made = join(work, 'image.tar');
    const fixed = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0'];
    const args = ['--create', '--file', made, ...fixed, '--directory', layout];
    await run('tar', [...args, 'oci-layout', 'index.json', 'blobs'], { timeout: TAR_TIMEOUT_MS });
    renameSync(made, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Removes layers and archives that nothing has used for a week. */
export function sweepImages(cache: string): void {
  if (!existsSync(cache)) return;
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}

function blobOf(mediaType: string, content: unknown): Blob {
  const text = JSON.stringify(content);
  const digest = sha256(text);
  return {
    text,
    digest,
    descriptor: { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
