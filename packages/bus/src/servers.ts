export interface Servers {
  /** Without credentials, as the client library wants them. */
  servers: string[];
  credentials: { user: string; pass: string } | { token: string } | undefined;
}

/** Takes the credentials out of server URLs (nats://user:password@host:port, nats://token@host:port). */
export function splitCredentials(urls: string | readonly string[]): Servers {
  let credentials: Servers['credentials'];
  const list = typeof urls === 'string' ? urls.split(',') : urls;
  const servers = list.map((url) => {
    const [, protocol = '', userInfo, rest = ''] =
      /^([a-z]+:\/\/)?(?:([^@/]*)@)?(.*)$/.exec(url.trim()) ?? [];
    if (userInfo !== undefined) {
      const [user = '', ...pass] = userInfo.split(':');
      credentials =
        pass.length === 0
          ? { token: decodeURIComponent(user) }
          : { user: decodeURIComponent(user), pass: decodeURIComponent(pass.join(':')) };
    }
    return protocol + rest;
  });
  return { servers, credentials };
}
