/** A serial console kept in memory: its last MB, as console history serves it. @module */

/** Size of a console that is kept: as much as console history can show. */
export const MAX_CONSOLE_BYTES = 1024 * 1024;

/** A serial console. */
export class SerialConsole {
  #bytes = Buffer.alloc(0);

  write(chunk: Buffer | string): void {
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(chunk)]).subarray(-MAX_CONSOLE_BYTES);
  }

  read(): Buffer {
    return this.#bytes;
  }
}
