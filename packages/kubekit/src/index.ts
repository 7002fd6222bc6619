export { type Binaries, buildBinaries, cachedBinaries, canBuild, KUBERNETES_VERSION } from './binaries.ts';
export { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './control-plane.ts';
export { startNodeSimulator } from './node-simulator.ts';
export { addSimulatedNodes, addStorageClasses, SIMULATED_STORAGE_CLASS } from './nodes.ts';
export {
  connect,
  loadConfig,
  startSimulatedCluster,
  startTestCluster,
  type TestCluster,
} from './test-cluster.ts';
export { createNamespace } from './test-namespace.ts';
export { startVolumeSimulator } from './volumes.ts';
