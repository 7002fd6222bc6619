import { MAX_PROJECT_NAME, projects, spec } from './project.ts';
import { status } from './status.ts';

/** The CustomResourceDefinition, from the same schema as the types. */
export function projectDefinition() {
  const { group, version, kind, plural } = projects;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: ['tsp'],
        categories: ['telestack'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            column('Topology', '.spec.topology'),
            column('Phase', '.status.phase'),
            column('Ready', '.status.conditions[?(@.type=="Ready")].status'),
            column('Version', '.status.version'),
            column('Endpoint', '.status.endpoint', 1),
            column('Message', '.status.message'),
            { ...column('Age', '.metadata.creationTimestamp'), type: 'date' },
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description:
                'A Telestack project: databases, identity, files and live queries behind one address.',
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object' },
                spec: spec.json,
                status: status.json,
              },
              'x-kubernetes-validations': [
                {
                  rule: `size(self.metadata.name) <= ${MAX_PROJECT_NAME} && !self.metadata.name.contains('.')`,
                  message: `the name of a project has up to ${MAX_PROJECT_NAME} characters, and no dots`,
                },
              ],
            },
          },
        },
      ],
    },
  };
}

function column(name: string, jsonPath: string, priority = 0) {
  return { name, type: 'string', jsonPath, priority };
}
