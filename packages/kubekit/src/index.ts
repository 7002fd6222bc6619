export {
  type Binaries,
  buildBinaries,
  buildNodeBinaries,
  cachedBinaries,
  canBuild,
  KUBERNETES_VERSION,
  type NodeBinaries,
} from './binaries.ts';
export { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
export { type ImageSpec, packImages, sweepImages } from './images/archive.ts';
export type { LayerEntry } from './images/layer.ts';
export { librariesOf } from './images/libraries.ts';
export { BUSYBOX, nodeImages, passwd } from './images/node-images.ts';
export { runInNamespaces } from './node/namespaces.ts';
export { installRequirements, whyNoNode } from './node/requirements.ts';
export { startNodeSimulator } from './node-simulator.ts';
export { addSimulatedNodes, addStorageClasses, SIMULATED_STORAGE_CLASS } from './nodes.ts';
export { type RealCluster, startRealCluster } from './real-cluster.ts';
export { cachedSchemas, fetchSchemas, SCHEMA_VERSIONS, type SchemaVersion } from './schemas.ts';
export {
  connect,
  loadConfig,
  startSimulatedCluster,
  startTestCluster,
  type TestCluster,
} from './test-cluster.ts';
export { createNamespace } from './test-namespace.ts';
export { startVolumeSimulator } from './volumes.ts';
