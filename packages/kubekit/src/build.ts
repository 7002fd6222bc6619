// Builds the control plane for tests: `node packages/kubekit/src/build.ts`. The test command starts it first, so that it is done when it is needed.
import { buildBinaries, canBuild } from './binaries.ts';
import { fetchSchemas } from './schemas.ts';

if (!process.env.KUBECONFIG && (await canBuild())) await buildBinaries((line) => console.error(line));
if (await canBuild()) await fetchSchemas();
