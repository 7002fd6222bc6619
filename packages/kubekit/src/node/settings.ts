import { join } from 'node:path';

export const NODE_NAME = 'node-1';
/** The kubelet, to the API server. */
export const NODE_USER = 'system:node:node-1';
/** Of the node, inside its own network. */
export const NODE_ADDRESS = '10.123.0.1';
export const POD_NETWORK = '10.124.0.0/24';
/** Of the name server's Service. */
export const DNS_ADDRESS = '10.0.0.10';
/** The control group of all pods. */
export const CGROUP = 'telestack-node';
export const PAUSE_IMAGE = 'localhost/pause:1';
export const COREDNS_IMAGE = 'localhost/coredns:1';

/** Where the parts of a node keep things, below the cluster's folder. */
export function nodePaths(folder: string) {
  const at = (name: string) => join(folder, name);
  return {
    containerdData: at('containerd'),
    containerdConfig: at('containerd.toml'),
    cniConfig: at('cni'),
    kubeletData: at('kubelet'),
    kubeletConfig: at('kubelet.json'),
    proxyConfig: at('kube-proxy.json'),
    podLogs: at('pod-logs'),
    volumes: at('volumes'),
    resolvConf: at('resolv.conf'),
  };
}
export type NodePaths = ReturnType<typeof nodePaths>;

/** In the namespaces' own /run. */
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';

export function containerdConfig(paths: NodePaths, runc: string): string {
  return `version = 2
root = ${JSON.stringify(paths.containerdData)}
state = "/run/containerd"
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  # Where root lacks CAP_SYS_RESOURCE, nothing starts otherwise.
  restrict_oom_score_adj = true
  enable_unprivileged_ports = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${JSON.stringify(paths.cniConfig)}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        BinaryName = ${JSON.stringify(runc)}
`;
}

/** One bridge for all pods. It enforces no NetworkPolicy. */
export const CNI_CONFIG = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: POD_NETWORK }]],
        routes: [{ dst: '0.0.0.0/0' }],
        dataDir: '/var/lib/cni/networks',
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

export function kubeletConfig(paths: NodePaths) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${CGROUP}`,
    failSwapOn: false,
    failCgroupV1: false,
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    // Nobody but this cluster reaches the node's network.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    clusterDNS: [DNS_ADDRESS],
    clusterDomain: 'cluster.local',
    resolvConf: paths.resolvConf,
    podLogsDir: paths.podLogs,
    // Images cannot be fetched again, and the machine's disk is not ours to judge.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '100Mi', 'imagefs.available': '100Mi' },
    registryPullQPS: 0,
    syncFrequency: '10s',
  };
}

export function proxyConfig(kubeconfig: string) {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig },
    hostnameOverride: NODE_NAME,
    mode: 'iptables',
    clusterCIDR: POD_NETWORK,
    // These limits are the whole machine's.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}
