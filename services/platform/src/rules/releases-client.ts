import { invalidArgument, unavailable } from '@telestack/errors';

/** Deploys rules through the gateway, as the Firebase CLI does it. Only in the dev profile, whose administrator needs no key. */
export interface ReleasesClient {
  /**
   * Puts a source in force under a release's name ("cloud.firestore"). Nothing happens where it is in force already.
   * @returns whether something has changed
   * @throws StatusError INVALID_ARGUMENT with line and column when it does not compile, UNAVAILABLE
   */
  deploy(release: string, fileName: string, source: string): Promise<boolean>;
}

const TIMEOUT_MS = 10_000;
const HEADERS = { 'content-type': 'application/json', authorization: 'Bearer owner' };

interface Release {
  readonly rulesetName: string;
}
interface Ruleset {
  readonly name: string;
  readonly source?: { readonly files: readonly { readonly content: string }[] };
}

/** @param endpoint "http://host:port" */
export function releasesClient(endpoint: string, project: string): ReleasesClient {
  const call = async <T>(method: string, path: string, body?: object): Promise<T | undefined> => {
    let response: Response;
    try {
      response = await fetch(`${endpoint}/v1/${path}`, {
        method,
        headers: HEADERS,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw unavailable('The gateway cannot be reached.', { cause });
    }
    const answer = (await response.json()) as T & { readonly error?: { readonly message: string } };
    if (response.status === 404) return undefined;
    if (response.status === 400) throw invalidArgument(answer.error?.message ?? 'The rules are refused.');
    if (!response.ok) throw unavailable(`The gateway answers ${response.status}.`);
    return answer;
  };
  const inForce = async (release: string): Promise<string | undefined> => {
    const found = await call<Release>('GET', `projects/${project}/releases/${release}`);
    const ruleset = found && (await call<Ruleset>('GET', found.rulesetName));
    return ruleset?.source?.files[0]?.content;
  };
  return {
    async deploy(release, name, content) {
      if ((await inForce(release)) === content) return false;
      const source = { files: [{ name, content }] };
      const ruleset = await call<Ruleset>('POST', `projects/${project}/rulesets`, { source });
      await call('POST', `projects/${project}/releases`, {
        name: `projects/${project}/releases/${release}`,
        rulesetName: ruleset?.name,
      });
      return true;
    },
  };
}
