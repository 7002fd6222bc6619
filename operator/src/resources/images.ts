import type { ProjectSpec } from '../api/project.ts';
import type { Images } from './input.ts';

export type { Images } from './input.ts';

/** The images that a project shall run: its own choices over those of the operator's release. */
export function imagesFor({ images, version }: ProjectSpec, release: Images): Images {
  return {
    services: images.services ?? withTag(release.services, version),
    postgresql: images.postgresql ?? release.postgresql,
    centrifugo: images.centrifugo ?? release.centrifugo,
    supertokens: images.supertokens ?? release.supertokens,
    minio: images.minio ?? release.minio,
  };
}

function withTag(image: string, tag: string | undefined): string {
  return tag === undefined ? image : `${image.replace(/(:[^:/]+)?(@.*)?$/, '')}:${tag}`;
}
