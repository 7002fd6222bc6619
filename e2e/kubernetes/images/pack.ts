import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadYaml } from '@kubernetes/client-node';
import { buildNodeBinaries, nodeImages, packImages, sweepImages } from '@telestack/kubekit';
import { cacheFolder, findMinio, findNatsServer, type Log } from '@telestack/launch';
import { postgresqlImage, programImage } from './servers.ts';
import { telestackImages } from './telestack.ts';

const CHART = join(import.meta.dirname, '../../../helm/telestack');

/** A release before the chart's own, for upgrades. */
export const PREVIOUS_VERSION = '0.0.9';

interface Values {
  readonly operator: { readonly image: { readonly repository: string } };
  readonly images: { readonly postgresql: string; readonly minio: string };
  readonly nats: { readonly image: { readonly repository: string; readonly tag: string } };
}

/** The version of the chart, which is that of its images. */
export function chartVersion(): string {
  return loadYaml<{ appVersion: string }>(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')).appVersion;
}

/** All images of the run, under the very names that the chart asks for; resolves to the archives' paths. */
export async function packArchives(log: Log): Promise<string[]> {
  const cache = join(cacheFolder(), 'images');
  sweepImages(cache);
  const { operator, images, nats } = loadYaml<Values>(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  const servers = [
    ...nodeImages(await buildNodeBinaries(log)),
    await programImage(fullName(`${nats.image.repository}:${nats.image.tag}`), await findNatsServer(log)),
    await programImage(fullName(images.minio), await findMinio(log)),
    await postgresqlImage(fullName(images.postgresql)),
  ];
  const telestack = await telestackImages(
    [PREVIOUS_VERSION, chartVersion()].map((version) => ({
      name: fullName(`${operator.image.repository}:${version}`),
      version,
    })),
  );
  // The servers change seldom.
  return [await packImages(servers, cache), await packImages(telestack, cache)];
}

/** As the kubelet completes a short name. */
function fullName(name: string): string {
  const parts = name.split('/').length;
  return parts === 1 ? `docker.io/library/${name}` : parts === 2 ? `docker.io/${name}` : name;
}
