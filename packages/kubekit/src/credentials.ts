import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_USER } from './node/settings.ts';

/** Who the parts are to the API server, which knows them by a token each: no certificates to make but its own, which it makes itself. */
const USERS = {
  admin: 'system:masters',
  'system:kube-controller-manager': '',
  'system:kube-scheduler': '',
  'system:kube-proxy': '',
  [NODE_USER]: 'system:nodes',
} as const;
export type User = keyof typeof USERS;

export interface Credentials {
  /** For --token-auth-file. */
  readonly tokensFile: string;
  readonly serviceAccountKey: string;
  /** Writes a kubeconfig of the user and resolves to its path. */
  kubeconfig(user: User): string;
}

/** Makes tokens and keys in the folder for a cluster whose API server is at `server` and writes its certificate to `certificate`. */
export function makeCredentials(folder: string, server: string, certificate: string): Credentials {
  const tokens = new Map<User, string>();
  const lines = Object.entries(USERS).map(([name, group]) => {
    const token = randomBytes(24).toString('hex');
    tokens.set(name as User, token);
    return `${token},${name},${name}${group === '' ? '' : `,"${group}"`}`;
  });
  const tokensFile = join(folder, 'tokens.csv');
  writeFileSync(tokensFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  const serviceAccountKey = join(folder, 'service-account.key');
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  writeFileSync(serviceAccountKey, privateKey, { mode: 0o600 });
  return {
    tokensFile,
    serviceAccountKey,
    kubeconfig(user) {
      const file = join(folder, `${user.replaceAll(':', '-')}.kubeconfig`);
      // JSON is YAML.
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'test', cluster: { server, 'certificate-authority': certificate } }],
        users: [{ name: user, user: { token: tokens.get(user) } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user } }],
        'current-context': 'test',
      };
      writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
      return file;
    },
  };
}
