import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BUSYBOX, type ImageSpec, type LayerEntry, librariesOf, passwd } from '@telestack/kubekit';

const PATH = 'PATH=/usr/local/bin:/usr/bin:/bin';
const COMMANDS = ['cat', 'chmod', 'grep', 'ls', 'mkdir', 'mv', 'rm', 'sed', 'sh', 'sleep', 'test', 'tr'];

/** Debian packages that the images are made of, and what shows that they are installed. */
export const IMAGE_REQUIREMENTS = [
  ['/usr/lib/postgresql/*/bin/initdb', 'postgresql'],
  [BUSYBOX, 'busybox-static'],
] as const;

/** The newest PostgreSQL that is installed, with its tools, and a shell for the operator's scripts. */
export async function postgresqlImage(name: string): Promise<ImageSpec> {
  const initdb = globSync('/usr/lib/postgresql/*/bin/initdb').sort().at(-1)!;
  const home = dirname(dirname(initdb));
  const version = basename(home);
  // The compiler of expressions alone is larger than all the rest.
  const skip = (path: string) => /\/(bitcode|pgxs|man)$|\/llvmjit/.test(path);
  const programs = globSync([join(home, 'bin/*'), join(home, 'lib/*.so')]).filter((it) => !skip(it));
  return {
    names: [name],
    layers: [
      [
        ...passwd({ postgres: 999 }),
        { path: home.slice(1), from: home, skip },
        { path: `usr/share/postgresql/${version}`, from: `/usr/share/postgresql/${version}`, skip },
        { path: 'usr/share/zoneinfo', from: '/usr/share/zoneinfo' },
        ...(await librariesOf(programs)),
        { path: 'bin/busybox', from: BUSYBOX },
        ...COMMANDS.map((it): LayerEntry => ({ path: `bin/${it}`, linkTo: 'busybox' })),
      ],
    ],
    // As the official image: the usual signal would wait for all clients to leave.
    config: { Cmd: ['postgres'], Env: [`${PATH}:${home}/bin`], StopSignal: 'SIGINT' },
  };
}

/** One program, which is all that the image has. */
export async function programImage(image: string, program: string): Promise<ImageSpec> {
  const name = basename(program).replace(/-\d.*$/, '');
  return {
    names: [image],
    layers: [
      [
        ...passwd({ server: 1000 }),
        { path: `bin/${name}`, from: program },
        ...(await librariesOf([program])),
      ],
    ],
    config: { Entrypoint: [`/bin/${name}`], Env: [PATH] },
  };
}
