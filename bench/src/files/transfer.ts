import { request } from 'node:http';

const CHUNK = Buffer.alloc(64 * 1024, 'telestack file bench ');

/** Sends `size` bytes as fast as they are taken; resolves to the answer's body. */
export function sendBytes(
  method: 'POST' | 'PUT',
  url: string,
  size: number,
  headers: Readonly<Record<string, string>> = {},
  isChunked = false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const length = isChunked ? {} : { 'content-length': size };
    const sent = request(url, { method, headers: { ...headers, ...length }, agent: false }, (response) => {
      let body = '';
      response.on('data', (data: Buffer) => {
        body += data.toString();
      });
      response.once('end', () => {
        if (response.statusCode === 200) resolve(body);
        else
          reject(
            new Error(`${method} ${new URL(url).pathname}: ${response.statusCode} ${body.slice(0, 300)}`),
          );
      });
    });
    sent.once('error', reject);
    let left = size;
    const write = () => {
      while (left > 0) {
        const chunk = left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
        left -= chunk.length;
        if (!sent.write(chunk)) {
          sent.once('drain', write);
          return;
        }
      }
      sent.end();
    };
    write();
  });
}
