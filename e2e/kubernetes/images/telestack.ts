import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ImageSpec, type LayerEntry, librariesOf, passwd } from '@telestack/kubekit';
import { productionModules } from './production-modules.ts';

const ROOT = join(import.meta.dirname, '../../..');
const IN_IMAGE = 'app';
/** What the Dockerfile leaves out too. */
const NOT_IN_IMAGE = new Set(['node_modules', 'test', 'go', 'coredns', 'scale']);

/**
 * The image of the Dockerfile, put together without Docker: Node's program with its libraries, production modules, sources. Each release is the same but
 * for a file that names it.
 */
export async function telestackImages(
  releases: readonly { readonly name: string; readonly version: string }[],
): Promise<ImageSpec[]> {
  const workspaces = globSync(['packages/*', 'services/*', 'operator'], { cwd: ROOT })
    .filter((it) => existsSync(join(ROOT, it, 'package.json')))
    .sort();
  const node = process.execPath;
  const paths = productionModules(ROOT, workspaces);
  const modules = paths.map(
    (path): LayerEntry => ({
      path: join(IN_IMAGE, path),
      from: join(ROOT, path),
      // Modules inside of modules are listed by themselves.
      skip: (it) => it === join(ROOT, path, 'node_modules'),
    }),
  );
  // Compiled parts of modules want libraries that Node does without.
  const native = paths.flatMap((path) => globSync(join(ROOT, path, '*.node')));
  const links = workspaces.map(
    (path): LayerEntry => ({
      path: join(IN_IMAGE, 'node_modules/@telestack', basename(path)),
      linkTo: join('../..', path),
    }),
  );
  const sources = [
    ...workspaces,
    'package.json',
    'package-lock.json',
    'scripts/start.ts',
    'scripts/migrate.ts',
  ].map(
    (path): LayerEntry => ({
      path: join(IN_IMAGE, path),
      from: join(ROOT, path),
      skip: (it) => NOT_IN_IMAGE.has(basename(it)),
    }),
  );
  const layers: LayerEntry[][] = [
    [
      ...passwd({ node: 1000 }),
      { path: 'usr/local/bin/node', from: node },
      ...(await librariesOf([node, ...native])),
    ],
    [...modules, ...links],
    sources,
  ];
  const Env = [
    'PATH=/usr/local/bin:/usr/bin:/bin',
    'NODE_ENV=production',
    'NODE_OPTIONS=--disable-warning=ExperimentalWarning',
  ];
  const config = { Cmd: ['node', 'scripts/start.ts'], Env, User: '1000:1000', WorkingDir: `/${IN_IMAGE}` };
  return releases.map(({ name, version }) => ({
    names: [name],
    layers: [...layers, [{ path: join(IN_IMAGE, 'VERSION'), text: `${version}\n` }]],
    config,
  }));
}
