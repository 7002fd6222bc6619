import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test as base, expect } from 'vitest';
import { type ImageSpec, packImages } from '../src/index.ts';

// GNU tar; and only Linux runs them.
const test = base.skipIf(process.platform !== 'linux');
const folder = mkdtempSync(join(tmpdir(), 'kubekit-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder as somebody else's machine would have it: other times and permissions of groups. */
function sources(name: string, time: Date, mode: number): string {
  const root = join(folder, name);
  mkdirSync(join(root, 'test'), { recursive: true });
  for (const [file, text] of [
    ['program', '#!/bin/sh\n'],
    ['test/unwanted', ''],
  ] as const)
    writeFileSync(join(root, file), text);
  chmodSync(join(root, 'program'), mode);
  utimesSync(join(root, 'program'), time, time);
  return root;
}

function image(from: string, name = 'docker.io/library/one:1'): ImageSpec {
  const skip = (path: string) => path.endsWith('/test');
  return {
    names: [name],
    layers: [
      [
        { path: 'app', from, skip },
        { path: 'etc/passwd', text: 'root:x:0:0\n' },
        { path: 'bin/sh', linkTo: 'busybox' },
      ],
    ],
    config: { Cmd: ['/app/program'], User: '1000:1000' },
  };
}

const list = (archive: string) =>
  execFileSync('tar', ['--list', '--file', archive], { encoding: 'utf8' }).trim().split('\n');

test('the same content gives the same bytes, wherever and whenever it is packed', async () => {
  const one = await packImages([image(sources('a', new Date(1e9), 0o755))], join(folder, 'cache-a'));
  const other = await packImages([image(sources('b', new Date(2e9), 0o775))], join(folder, 'cache-b'));
  expect(readFileSync(other).equals(readFileSync(one))).toBe(true);
});

test('a layer has what it was given, of root, and nothing that was to be skipped; images share it', async () => {
  const cache = join(folder, 'cache-c');
  const first = image(sources('c', new Date(), 0o755));
  const archive = await packImages(
    [first, { ...first, names: ['docker.io/library/two:1'], config: { Cmd: ['other'] } }],
    cache,
  );
  const read = (path: string) => execFileSync('tar', ['--extract', '--to-stdout', '--file', archive, path]);
  const index = JSON.parse(read('index.json').toString('utf8'));
  expect(
    index.manifests.map(
      (it: { annotations: Record<string, string> }) => it.annotations['io.containerd.image.name'],
    ),
  ).toEqual(['docker.io/library/one:1', 'docker.io/library/two:1']);
  // A layer, and a manifest and a configuration of each image.
  const blobs = list(archive).filter((it) => /sha256\/./.test(it));
  expect(blobs.length).toBe(5);
  const manifest = JSON.parse(read(`blobs/sha256/${index.manifests[0].digest.slice(7)}`).toString('utf8'));
  const layer = join(folder, 'layer.tar');
  writeFileSync(layer, read(`blobs/sha256/${manifest.layers[0].digest.slice(7)}`));
  const entries = execFileSync('tar', ['--list', '--verbose', '--numeric-owner', '--file', layer], {
    encoding: 'utf8',
  });
  expect(entries).toMatch(/-rwxr-xr-x 0\/0 .* \.\/app\/program/);
  expect(entries).toMatch(/\.\/bin\/sh -> busybox/);
  expect(entries).not.toMatch(/unwanted/);
});
