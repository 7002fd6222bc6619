import { type ApiClient, objectPath, type Resource, resources } from '@telestack/controller';
import { COREDNS_IMAGE, DNS_ADDRESS } from './settings.ts';

const NAMESPACE = 'kube-system';
const NAME = 'coredns';

const COREFILE = `.:53 {
  errors
  health
  ready
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    pods insecure
    fallthrough in-addr.arpa ip6.arpa
  }
  cache 5
}
`;

const clusterRole: Resource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
};
const clusterRoleBinding: Resource = {
  ...clusterRole,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
};

/** CoreDNS as a Deployment, for names of Services only: there is nothing beyond the cluster. */
export async function addNameServer(client: ApiClient): Promise<void> {
  const labels = { 'k8s-app': 'kube-dns' };
  const apply = (resource: Resource, name: string, body: Record<string, unknown>) =>
    client.request({
      method: 'PATCH',
      path: objectPath(resource, resource.namespaced ? NAMESPACE : undefined, name),
      query: { fieldManager: 'kubekit', force: true },
      contentType: 'application/apply-patch+yaml',
      body: {
        apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
        kind: resource.kind,
        metadata: { name, ...(resource.namespaced ? { namespace: NAMESPACE } : {}) },
        ...body,
      },
    });
  await apply(resources.serviceAccount, NAME, {});
  await apply(clusterRole, `system:${NAME}`, {
    rules: [
      {
        apiGroups: [''],
        resources: ['endpoints', 'services', 'pods', 'namespaces'],
        verbs: ['list', 'watch'],
      },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
  });
  await apply(clusterRoleBinding, `system:${NAME}`, {
    roleRef: { apiGroup: clusterRole.group, kind: clusterRole.kind, name: `system:${NAME}` },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
  });
  await apply(resources.configMap, NAME, { data: { Corefile: COREFILE } });
  await apply(resources.service, 'kube-dns', {
    spec: {
      clusterIP: DNS_ADDRESS,
      selector: labels,
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ],
    },
  });
  await apply(resources.deployment, NAME, {
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: NAME,
          dnsPolicy: 'Default',
          containers: [
            {
              name: NAME,
              image: COREDNS_IMAGE,
              imagePullPolicy: 'Never',
              args: ['-conf', '/etc/coredns/Corefile'],
              ports: [
                { name: 'dns', containerPort: 53, protocol: 'UDP' },
                { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
              ],
              readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
              resources: { requests: { cpu: '10m', memory: '40Mi' }, limits: { memory: '170Mi' } },
              volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
            },
          ],
          volumes: [{ name: 'config', configMap: { name: NAME } }],
        },
      },
    },
  });
}
