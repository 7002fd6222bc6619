// Writes the CustomResourceDefinition for the chart, and its reference for the documentation, from the schema: `npm run generate`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dumpYaml } from '@kubernetes/client-node';
import { projectDefinition } from './crd.ts';
import { referenceText } from './reference.ts';

const root = join(import.meta.dirname, '../../..');

export const DEFINITION_FILE = join(root, 'helm/telestack/files/telestackprojects.yaml');
export const REFERENCE_FILE = join(root, 'docs/reference/telestackproject.md');

/** The chart's file: it stays when the chart goes, since all projects would go with it. */
export function definitionYaml(): string {
  const { apiVersion, kind, metadata, ...rest } = projectDefinition();
  const annotations = { 'helm.sh/resource-policy': 'keep' };
  // Without its kind: of kinds that the library knows it drops `default` and `enum`, which its types call otherwise.
  const text = dumpYaml(
    { ...rest, metadata: { ...metadata, annotations } },
    { noRefs: true, lineWidth: 120, sortKeys: true },
  );
  return `apiVersion: ${apiVersion}\nkind: ${kind}\n${text}`;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(DEFINITION_FILE, definitionYaml());
  writeFileSync(REFERENCE_FILE, referenceText());
}
