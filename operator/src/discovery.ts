import { type ApiClient, isNotFound } from '@telestack/controller';

/** True where the cluster has the Gateway API's HTTPRoute. */
export async function hasHttpRoutes(client: ApiClient): Promise<boolean> {
  try {
    const { resources } = await client.request<{ resources?: { kind: string }[] }>({
      method: 'GET',
      path: '/apis/gateway.networking.k8s.io/v1',
    });
    return resources?.some(({ kind }) => kind === 'HTTPRoute') === true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
