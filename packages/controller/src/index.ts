export { ApiError, isAlreadyExists, isConflict, isExpired, isInvalid, isNotFound } from './api/api-error.ts';
export { ApiClient, type Call, type ClientOptions } from './api/client.ts';
export {
  type KubeObject,
  keyOf,
  type ObjectList,
  type ObjectMeta,
  type OwnerReference,
  splitKey,
} from './api/object.ts';
export {
  apiVersionOf,
  collectionPath,
  kindKey,
  objectPath,
  type Resource,
  resources,
} from './api/resource.ts';
export type { WatchEvent } from './api/watch-stream.ts';
export { Applier, type ApplierOptions, hashOf } from './apply/applier.ts';
export { findDrift } from './apply/drift.ts';
export { type BackoffOptions, backoffMs } from './backoff.ts';
export { type Change, type ChangeHandler, Informer, type InformerOptions } from './cache/informer.ts';
export { Reflector, type ReflectorOptions, type ReflectorSink } from './cache/reflector.ts';
export { type IndexFunction, Store } from './cache/store.ts';
export { Controller, type ControllerOptions, INITIAL_PRIORITY, type Result } from './controller.ts';
export { EventRecorder, type Happening, type RecorderOptions } from './events/recorder.ts';
export { LeaderElection, type LeaseOptions } from './leader/lease.ts';
export { Manager, type ManagerOptions } from './manager.ts';
export { type AddOptions, type Work, WorkQueue } from './queue/work-queue.ts';
export { type HealthServer, startHealthServer } from './server/health-server.ts';
export { collectProcessMetrics, createMetrics, type Metrics } from './server/metrics.ts';
