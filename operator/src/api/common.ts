import { immutableField, onlyGrows } from '../schema/rules.ts';
import { type Infer, integer, map, object, optional, text, withDefault } from '../schema/schema.ts';

const QUANTITY = '^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$';
const NAME = '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$';

/** "500m", "2Gi": numbers as Kubernetes writes them. */
export const quantity = (description: string) => text(description, { pattern: QUANTITY, maxLength: 32 });
/** Name of another object. */
export const nameOf = (what: string) =>
  text(`Name of the ${what}.`, { pattern: NAME, minLength: 1, maxLength: 253 });

export const secretKeyRef = (description: string, key: string) =>
  object(description, {
    name: nameOf('Secret, in the namespace of the project'),
    key: withDefault(text('Key in the Secret.', { minLength: 1, maxLength: 253 }), key),
  });
export type SecretKeyRef = Infer<ReturnType<typeof secretKeyRef>>;

export const secretRef = (description: string) =>
  object(description, { name: nameOf('Secret, in the namespace of the project') });

const amounts = (description: string) =>
  object(description, {
    cpu: optional(quantity('CPU, in cores.')),
    memory: optional(quantity('Memory, in bytes.')),
  });

/** What a container asks for, and what it may use. */
export const resourceNeeds = (requests: { cpu: string; memory: string }, limits: { memory: string }) =>
  withDefault(
    object('Resources of each pod.', {
      requests: withDefault(amounts('What is set aside for it.'), requests),
      limits: withDefault(amounts('What it may use at most.'), limits),
    }),
    {},
  );
export type ResourceNeeds = Infer<ReturnType<typeof resourceNeeds>>;

export const volume = (size: string) =>
  withDefault(
    object(
      'The volume of each pod. It outlives the project unless the deletion policy is Delete.',
      {
        size: withDefault(
          quantity('Size. It can grow where the storage class allows that, and never shrink.'),
          size,
        ),
        storageClassName: optional(
          nameOf("StorageClass; the cluster's default one if not given. It cannot be changed"),
        ),
      },
      [immutableField('storageClassName'), onlyGrows('size')],
    ),
    {},
  );
export type Volume = Infer<ReturnType<typeof volume>>;

export const nodeSelector = optional(
  map('Labels of the nodes to run on.', text('Value of the label.', { maxLength: 63 })),
);

export const replicas = (fallback: number, maximum = 100) =>
  withDefault(integer('Number of pods.', { minimum: 1, maximum }), fallback);
