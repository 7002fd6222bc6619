import { hashOf, resources } from '@telestack/controller';
import { type Desired, desired } from './desired.ts';
import type { Input } from './input.ts';
import { nameFor } from './names.ts';
import { componentPolicy } from './network.ts';
import { emptyDir, podTemplate, RESTRICTED } from './pod.ts';
import { databaseUrls } from './postgresql.ts';
import { serviceAccount } from './shared.ts';

const USER_ID = 1000;
const SMALL = { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } };
/** Its pod is started again and again, with growing pauses, as those of services are: what was in the way may go. */
const FOR_EVER = 2_147_483_647;

/** Brings the services' tables forward before the services of a release start. */
export function migrations(input: Input, image: string): Desired[] {
  const { project } = input;
  const { suspend, topology, services } = project.spec;
  if (suspend) return [];
  const component = 'migrations' as const;
  const { metadata, spec: pod } = podTemplate({
    project,
    component,
    userId: USER_ID,
    // What has succeeded need not run again for other credentials.
    checksum: '',
    // Where the image is known to run.
    nodeSelector: (topology === 'Compact' ? services.compact : services.docstore).nodeSelector,
    volumes: [emptyDir('tmp')],
    containers: [
      {
        name: 'migrate',
        image,
        imagePullPolicy: project.spec.images.pullPolicy,
        command: ['node', 'scripts/migrate.ts'],
        env: databaseUrls(project),
        resources: SMALL,
        securityContext: RESTRICTED,
        volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
      },
    ],
  });
  const spec = {
    backoffLimit: FOR_EVER,
    template: { metadata, spec: { ...pod, restartPolicy: 'OnFailure' } },
  };
  // A Job cannot be changed: another one has another name.
  const name = `${nameFor(project, component)}-${hashOf(spec).slice(0, 8)}`;
  return [
    serviceAccount(project, component),
    componentPolicy(project, component, input.nats),
    desired(resources.job, { project, component, name }, { spec }),
  ];
}
