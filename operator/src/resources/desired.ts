import { apiVersionOf, type KubeObject, type OwnerReference, type Resource } from '@telestack/controller';
import { projects, type TelestackProject } from '../api/project.ts';
import { labelsFor, nameFor } from './names.ts';

/** An object as it should be. */
export interface Desired {
  readonly resource: Resource;
  readonly object: KubeObject;
}

interface Identity {
  readonly project: TelestackProject;
  /** The component that it belongs to; undefined for what belongs to all. */
  readonly component?: string;
  /** Default: the component's. */
  readonly part?: string;
  /** Default: the project's name and the part. */
  readonly name?: string;
  /** It outlives the project: Kubernetes must not delete it with its owner. */
  readonly isKept?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object of a project: named, labelled and owned as all of them are. `body` is what its kind has besides. */
export function desired(resource: Resource, identity: Identity, body: object): Desired {
  const { project, component, part = component ?? 'project', isKept = false } = identity;
  const object: KubeObject = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name: identity.name ?? nameFor(project, part),
      namespace: project.metadata.namespace,
      labels: labelsFor(project, component),
      ...(identity.annotations === undefined ? {} : { annotations: { ...identity.annotations } }),
      ...(isKept ? {} : { ownerReferences: [ownedBy(project)] }),
    },
    ...body,
  };
  return { resource, object };
}

export function ownedBy({ metadata }: TelestackProject): OwnerReference {
  return {
    apiVersion: apiVersionOf(projects),
    kind: projects.kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}
