import { randomUUID } from 'node:crypto';
import { type ApiClient, resources } from '@telestack/controller';

/** A namespace of its own for a test; deleted with all in it when it is disposed of, without waiting for that. */
export async function createNamespace(
  client: ApiClient,
  prefix = 'test',
): Promise<{ readonly name: string; [Symbol.asyncDispose](): Promise<void> }> {
  const name = `${prefix}-${randomUUID().slice(0, 8)}`;
  await client.create(resources.namespace, { metadata: { name } });
  return {
    name,
    [Symbol.asyncDispose]: () => client.delete(resources.namespace, undefined, name),
  };
}
