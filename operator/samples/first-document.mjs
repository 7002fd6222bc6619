// Writes, queries and listens as the administrator of the project `first`, through a forwarded port: node operator/samples/first-document.mjs
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Firestore } from '@google-cloud/firestore';
import { JWT } from 'google-auth-library';

const project = 'first';

// A service account's key: whoever may run commands in the pods may make one.
const grant = [
  'exec',
  `deploy/${project}-compact`,
  '--',
  'node',
  'services/identity/src/grant.ts',
  project,
  'administrator',
];
const key = JSON.parse(execFileSync('kubectl', grant, { encoding: 'utf8' }));
const signer = new JWT({ email: key.client_email, key: key.private_key, keyId: key.private_key_id });
const headers = await signer.getRequestHeaders('https://firestore.googleapis.com/');

const forward = spawn('kubectl', ['port-forward', `service/${project}-gateway`, ':8080'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = await once(forward.stdout, 'data', { signal: AbortSignal.timeout(20_000) });

// Behind an ingress with TLS, `keyFilename` and `host` are enough.
const db = new Firestore({
  projectId: project,
  host: `127.0.0.1:${/:(\d+) ->/.exec(String(line))[1]}`,
  ssl: false,
  customHeaders: { Authorization: headers.get('Authorization') },
});
const users = db.collection('users');
await new Promise((seen) => {
  users.where('age', '>', 30).onSnapshot((snapshot) => {
    console.log(
      'listener:',
      snapshot.docs.map((it) => it.id),
    );
    if (snapshot.empty) users.doc('ada').set({ name: 'Ada', age: 36 });
    else seen();
  });
});
console.log('query:', (await users.where('name', '==', 'Ada').get()).docs[0].data());
forward.kill();
process.exit();
