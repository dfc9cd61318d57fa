/**
 * The cable between QEMU (`-netdev stream`) and this process: a Unix socket on which each frame follows its
 * length, four bytes, big-endian (docs: qemu-system(1), "stream").
 * @module
 */
import { createServer, type Socket } from "node:net";

/** Longest frame: 9,000 bytes of payload, its header, and room. */
const MAX_FRAME_BYTES = 65_536;

/** A cable whose other end is a guest. */
export interface Link {
  /** Sends a frame to the guest; lost when no guest is there. */
  send(frame: Buffer): void;
  close(): Promise<void>;
}

/**
 * Listens for a guest, one at a time.
 * @param path of the Unix socket
 * @param received is called with each frame
 */
export const openLink = async (path: string, received: (frame: Buffer) => void): Promise<Link> => {
  let guest: Socket | undefined;
  const server = createServer((socket) => {
    guest?.destroy();
    guest = socket;
    let pending: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      pending = pending.length ? Buffer.concat([pending, chunk]) : chunk;
      let at = 0;
      while (pending.length - at >= 4) {
        const length = pending.readUInt32BE(at);
        if (length > MAX_FRAME_BYTES) return void socket.destroy();
        if (pending.length - at - 4 < length) break;
        received(pending.subarray(at + 4, at + 4 + length));
        at += 4 + length;
      }
      pending = pending.subarray(at);
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (guest === socket) guest = undefined;
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return {
    send: (frame) => {
      if (!guest?.writable) return;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(frame.length, 0);
      guest.cork();
      guest.write(length);
      guest.write(frame);
      guest.uncork();
    },
    close: () =>
      new Promise((resolve) => {
        guest?.destroy();
        server.close(() => resolve());
      }),
  };
};
