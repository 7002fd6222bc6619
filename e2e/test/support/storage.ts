import { deleteApp, initializeApp } from 'firebase/app';
import {
  type Auth,
  connectAuthEmulator,
  createUserWithEmailAndPassword,
  getAuth,
  inMemoryPersistence,
  setPersistence,
} from 'firebase/auth';
import { connectStorageEmulator, type FirebaseStorage, getStorage } from 'firebase/storage';
import { expect, onTestFinished } from 'vitest';
import { freshProject, hostAndPort, target } from './target.ts';

const OWNER = { authorization: 'Bearer owner', 'content-type': 'application/json' };

let apps = 0;

export interface StorageApp {
  readonly project: string;
  readonly auth: Auth;
  readonly storage: FirebaseStorage;
}

/** An app with files and sign-in, with Firebase's documented way to name an endpoint; ended with the test. */
export function storageApp(options: { project?: string; address?: string; as?: 'owner' } = {}): StorageApp {
  const project = options.project ?? freshProject();
  const app = initializeApp(
    { projectId: project, apiKey: 'any', storageBucket: `${project}.appspot.com` },
    `storage-${apps++}`,
  );
  const storage = getStorage(app);
  const { host, port } = hostAndPort(options.address);
  connectStorageEmulator(storage, host, port, options.as === undefined ? {} : { mockUserToken: options.as });
  storage.maxOperationRetryTime = 10_000;
  storage.maxUploadRetryTime = 20_000;
  const auth = getAuth(app);
  connectAuthEmulator(auth, `http://${target}`, { disableWarnings: true });
  onTestFinished(() => deleteApp(app));
  return { project, auth, storage };
}

/** Signs a new user up; resolves to his id. */
export async function signUp(auth: Auth): Promise<string> {
  await setPersistence(auth, inMemoryPersistence);
  const { user } = await createUserWithEmailAndPassword(
    auth,
    `${freshProject()}@example.com`,
    'correct horse',
  );
  return user.uid;
}

/** Deploys rules of the bucket by the Firebase Rules API. `body` is what stands below `match /b/{bucket}/o`. */
export async function deployStorageRules(project: string, body: string): Promise<void> {
  const content = `rules_version = '2';\nservice firebase.storage { match /b/{bucket}/o { ${body} } }`;
  const post = async (path: string, request: object): Promise<{ name: string }> => {
    const response = await fetch(`http://${target}/v1/projects/${project}/${path}`, {
      method: 'POST',
      headers: OWNER,
      body: JSON.stringify(request),
    });
    expect(response.status, await response.clone().text()).toBe(200);
    return (await response.json()) as { name: string };
  };
  const ruleset = await post('rulesets', { source: { files: [{ name: 'storage.rules', content }] } });
  const name = `projects/${project}/releases/firebase.storage/${project}.appspot.com`;
  await post('releases', { name, rulesetName: ruleset.name });
}
