import type { V1EnvVar } from '@kubernetes/client-node';

/** An environment variable with a value in clear. */
export const value = (name: string, text: string | number): V1EnvVar => ({ name, value: String(text) });

/** One whose value is a key of a Secret. */
export const fromSecret = (name: string, secret: string, key: string): V1EnvVar => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key } },
});
