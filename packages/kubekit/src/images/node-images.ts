import type { NodeBinaries } from '../binaries.ts';
import { COREDNS_IMAGE, PAUSE_IMAGE } from '../node/settings.ts';
import type { ImageSpec } from './archive.ts';
import type { LayerEntry } from './layer.ts';

/** A static busybox: a shell and its usual commands for images that need some. */
export const BUSYBOX = '/bin/busybox';

/** Users by number, for programs that want to know their name. */
export function passwd(users: Readonly<Record<string, number>>): LayerEntry[] {
  const all = Object.entries({ root: 0, ...users });
  return [
    { path: 'etc/passwd', text: all.map(([name, id]) => `${name}:x:${id}:${id}::/tmp:/bin/sh\n`).join('') },
    { path: 'etc/group', text: all.map(([name, id]) => `${name}:x:${id}:\n`).join('') },
    { path: 'etc/nsswitch.conf', text: 'hosts: files dns\n' },
  ];
}

/** What every node runs: what holds a pod's namespaces open, and the name server. */
export function nodeImages(binaries: NodeBinaries): ImageSpec[] {
  return [
    {
      names: [PAUSE_IMAGE],
      layers: [[{ path: 'busybox', from: BUSYBOX }]],
      config: { Entrypoint: ['/busybox', 'sleep', '2147483647'] },
    },
    {
      names: [COREDNS_IMAGE],
      layers: [[...passwd({}), { path: 'coredns', from: binaries.coredns }]],
      config: { Entrypoint: ['/coredns'] },
    },
  ];
}
