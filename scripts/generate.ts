// Generates packages/protos/src/gen from Google's public protos (as the SDK package ships them) and our own contracts.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { openApi } from '@telestack/proto-json';

const root = join(import.meta.dirname, '..');
const google = join(root, 'node_modules/@google-cloud/firestore/build/protos');
const work = join(root, '.cache/protos');
const out = join(root, 'packages/protos/src/gen');

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
for (const folder of ['google/api', 'google/firestore/v1', 'google/rpc', 'google/type', 'google/protobuf']) {
  cpSync(join(google, folder), join(work, folder), { recursive: true });
}
cpSync(join(root, 'proto/telestack'), join(work, 'telestack'), { recursive: true });

/** Changes a proto file and fails when the text that it expects is gone. */
function patch(file: string, change: RegExp, by: string): void {
  const path = join(work, 'google/firestore/v1', file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(change, by);
  if (after === before) throw new Error(`${file} no longer has ${change}`);
  writeFileSync(path, after);
}

// The web SDK's transactions send `verify` (a document name with a precondition and no change). The public file lacks
// the field; a server without it would drop the write, and with it the transaction's safety.
patch('write.proto', /oneof operation \{/, 'oneof operation {\n    string verify = 5;');
// Pipelines are not served: gRPC answers UNIMPLEMENTED for a method that the service does not define.
patch('firestore.proto', /\n {2}(\/\/[^\n]*\n {2})*rpc ExecutePipeline[\s\S]*?\n {2}\}\n/, '\n');
patch('firestore.proto', /\nmessage ExecutePipelineRequest \{[\s\S]*?\n\}\n/, '\n');
patch('firestore.proto', /\nmessage ExecutePipelineResponse \{[\s\S]*?\n\}\n/, '\n');
patch('firestore.proto', /import "google\/firestore\/v1\/(pipeline|explain_stats)\.proto";\n/g, '');
for (const file of ['pipeline.proto', 'explain_stats.proto']) rmSync(join(work, 'google/firestore/v1', file));

const options = [
  'esModuleInterop=true',
  'importSuffix=.ts',
  'forceLong=bigint',
  'oneof=unions',
  'useDate=false',
  'useOptionals=none',
  'enumsAsLiterals=true',
  'outputServices=generic-definitions',
  'outputJsonMethods=false',
  'outputPartialMethods=true',
  'useExactTypes=false',
  'removeEnumPrefix=true',
  // Documents and values have a codec of their own: straight between the wire and the stored form.
  'Mgoogle/firestore/v1/document.proto=@telestack/values',
  // Times are microseconds as a number.
  'Mgoogle/protobuf/timestamp.proto=@telestack/values',
];
writeFileSync(
  join(work, 'buf.gen.yaml'),
  `version: v2
plugins:
  - local: ${join(root, 'node_modules/.bin/protoc-gen-ts_proto')}
    out: ${out}
    strategy: all
    opt:
${options.map((option) => `      - ${option}`).join('\n')}
`,
);
writeFileSync(join(work, 'buf.yaml'), 'version: v2\nmodules:\n  - path: .\n');

rmSync(out, { recursive: true, force: true });
const buf = (...args: string[]) =>
  execFileSync(join(root, 'node_modules/.bin/buf'), args, { cwd: work, stdio: 'inherit' });
buf('generate');
for (const unused of ['google/api', 'google/protobuf/descriptor.ts']) {
  rmSync(join(out, unused), { recursive: true, force: true });
}

// What JSON, REST and their documentation follow: the public API's descriptors.
const describe = (file: string, ...flags: string[]) =>
  buf('build', '--path', 'google/firestore/v1', '--as-file-descriptor-set', '-o', file, ...flags);
describe(join(out, 'descriptors.binpb'), '--exclude-source-info');
describe('commented.binpb');
const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync(join(work, 'commented.binpb'))),
);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const document = openApi(registry, registry.getService('google.firestore.v1.Firestore')!, {
  title: 'Telestack: Firestore over REST',
  version,
  description: 'The REST form of google.firestore.v1.Firestore. Generated from its protos.',
});
writeFileSync(join(out, 'openapi.json'), `${JSON.stringify(document, null, 1)}\n`);

// The custom resource's definition for the chart, and its reference.
execFileSync(process.execPath, [join(root, 'operator/src/api/write-definition.ts')], { stdio: 'inherit' });

// The reference of all programs' options.
execFileSync(process.execPath, [join(root, 'scripts/configuration.ts')], { stdio: 'inherit' });
