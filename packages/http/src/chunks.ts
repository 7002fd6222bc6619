import type { Readable, Writable } from 'node:stream';

/**
 * Gives a chunk's memory back at once. Node puts each read from a socket into memory of its own, up to 64 KiB that only a garbage collection
 * would free: where files stream, the garbage is as large as all else the process has, and most of its time goes into new memory.
 *
 * Nothing may use the chunk any more, the kernel included: a write must have called back. Chunks that share their memory are left alone.
 */
export function freeChunk(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (buffer instanceof ArrayBuffer && chunk.byteLength === buffer.byteLength && !buffer.detached)
    buffer.transfer(0);
}

/**
 * Passes all bytes on as they come, as fast as they are taken, then ends `to`. Rejects when either stream breaks off; destroying the other
 * one is the caller's: a request whose answer is still to be sent must live on.
 */
export function passOn(from: Readable, to: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const pass = (chunk: Buffer): void => {
      const isTaken = to.write(chunk, (error) => {
        // After an error the stream may still hold on to it.
        if (!error) freeChunk(chunk);
      });
      if (!isTaken) from.pause();
    };
    const goOn = () => from.resume();
    const end = () => to.end();
    const finish = () => settle();
    const breakOff = () => settle(new Error('A stream was closed before its end.'));
    const settle = (error?: Error): void => {
      from.off('data', pass).off('end', end).off('close', closeSource).off('error', settle);
      to.off('drain', goOn).off('finish', finish).off('close', breakOff).off('error', settle);
      // What is destroyed next may tell of it as an error, which would have no listener.
      for (const stream of [from, to]) stream.on('error', () => {});
      if (error === undefined) resolve();
      else {
        from.pause();
        reject(error);
      }
    };
    const closeSource = () => {
      if (!from.readableEnded) breakOff();
    };
    to.on('drain', goOn).once('finish', finish).once('close', breakOff).once('error', settle);
    from.on('data', pass).once('end', end).once('close', closeSource).once('error', settle);
  });
}
