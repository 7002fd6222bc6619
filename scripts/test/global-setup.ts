import { startTestCluster } from '@telestack/kubekit';
import { NO_CLUSTER, type StartServer, shareServers } from '@telestack/testkit';
import type { TestProject } from 'vitest/node';

/** The testkit does not know this one: whoever installs a service would get the client of Kubernetes with it. */
const kubernetes: StartServer = async (folder, log) => {
  const cluster = await startTestCluster({ folder, log });
  return 'reason' in cluster
    ? { answer: `${NO_CLUSTER}${cluster.reason}`, stop: async () => {} }
    : { answer: cluster.kubeconfig, stop: () => cluster.stop() };
};

/** Vitest's global setup. */
export default (project: TestProject): Promise<() => Promise<void>> => shareServers(project, { kubernetes });
