import { join } from 'node:path';
import { buildBinaries, cachedBinaries, canBuild, connect, startControlPlane } from '@telestack/kubekit';
import { KUBERNETES_FOLDER, makeTempFolder } from '@telestack/launch';

/** A control plane that a test may break; undefined, with a message, where there is none. */
export async function breakableCluster() {
  const log = (line: string) => {
    if (process.env.TESTKIT_LOG) console.error(line);
  };
  if (cachedBinaries() === undefined && !(await canBuild())) {
    console.warn('Skipped: no Go toolchain to build a control plane with.');
    return undefined;
  }
  const folder = await makeTempFolder('telestack-controller-', log);
  const controlPlane = await startControlPlane({
    folder: join(folder.path, KUBERNETES_FOLDER),
    binaries: await buildBinaries(log),
    log,
  });
  return {
    controlPlane,
    client: connect(controlPlane.kubeconfig),
    async stop() {
      await controlPlane.stop();
      folder.remove();
    },
  };
}
