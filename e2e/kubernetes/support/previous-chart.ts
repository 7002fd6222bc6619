import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PREVIOUS_VERSION } from '../images/pack.ts';
import { CHART } from './cluster.ts';
import { ROOT } from './commands.ts';

/** A field that the definition of PREVIOUS_CHART's stand-in does not have yet. */
export const NEW_FIELD = 'suspend';

/**
 * The chart of the release before: $PREVIOUS_CHART, or a stand-in for it as long as there is none: this one with a lower version, images of that version
 * and a definition that lacks a field.
 */
export function previousChart(): string {
  if (process.env.PREVIOUS_CHART) return process.env.PREVIOUS_CHART;
  const folder = join(mkdtempSync(join(process.env.KUBERNETES_FOLDER ?? tmpdir(), 'chart-')), 'telestack');
  cpSync(join(ROOT, CHART), folder, { recursive: true });
  const edit = (file: string, change: (text: string) => string) => {
    const path = join(folder, file);
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`${file} is not what it was`);
    writeFileSync(path, after);
  };
  edit('Chart.yaml', (text) => text.replaceAll(/^(version|appVersion): .*$/gm, `$1: ${PREVIOUS_VERSION}`));
  edit('files/telestackprojects.yaml', (text) => withoutProperty(text, NEW_FIELD));
  return folder;
}

/** Takes a property and all that is indented below it out of YAML. */
function withoutProperty(yaml: string, name: string): string {
  const lines = yaml.split('\n');
  const at = lines.findIndex((line) => line.trim() === `${name}:`);
  if (at < 0) return yaml;
  const depth = lines[at]!.search(/\S/);
  const length = lines.slice(at + 1).findIndex((line) => line.search(/\S/) <= depth);
  lines.splice(at, length + 1);
  return lines.join('\n');
}
