/** The targets of audit lines: a descriptor that is there, or a file that is rotated. @module */
import { closeSync, fstatSync, openSync, renameSync, rmSync, statSync } from "node:fs";

/** A file for audit lines. */
export interface AuditFileSettings {
  path: string;
  /** Size of one file in bytes; exceeded only by a line that is longer than this. */
  maxBytes: number;
  /** Number of files kept, the one being written among them: `path`, `path.1` (the newest before it), … */
  files: number;
}

/** A target that lines can be written to. */
export interface AuditSink {
  /** The target's name in messages. */
  readonly name: string;
  readonly fd: number;
  /**
   * Called before whole lines of so many bytes are written.
   * @throws Error when they cannot be
   */
  makeRoom(bytes: number): void;
  wrote(bytes: number): void;
  close(): void;
}

/** Standard output: the journal, under systemd. */
export const stdoutSink: AuditSink = {
  name: "stdout",
  fd: 1,
  makeRoom: () => undefined,
  wrote: () => undefined,
  close: () => undefined,
};

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

/** A file that is appended to and rotated by renaming: at no moment is a line in no file. */
export class AuditFile implements AuditSink {
  readonly #settings: AuditFileSettings;
  #fd: number;
  #sizeBytes: number;

  /** @throws Error when the file cannot be opened */
  constructor(settings: AuditFileSettings) {
    this.#settings = settings;
    this.#fd = openSync(settings.path, "a", 0o640);
    this.#sizeBytes = fstatSync(this.#fd).size;
  }

  get name(): string {
    return this.#settings.path;
  }

  get fd(): number {
    return this.#fd;
  }

  makeRoom(bytes: number): void {
    const { path, maxBytes } = this.#settings;
    if (this.#sizeBytes === 0 || this.#sizeBytes + bytes <= maxBytes) return;
    // While one proxy takes over from another both write here, and one of them rotates first.
    if (this.#isCurrent()) this.#shift();
    const fd = openSync(path, "a", 0o640);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#sizeBytes = fstatSync(fd).size;
  }

  wrote(bytes: number): void {
    this.#sizeBytes += bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #isCurrent(): boolean {
    try {
      return statSync(this.#settings.path).ino === fstatSync(this.#fd).ino;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  #shift(): void {
    const { path, files } = this.#settings;
    const at = (i: number): string => (i === 0 ? path : `${path}.${i}`);
    // The setting may have been larger.
    for (let i = files; statSync(at(i), { throwIfNoEntry: false }); i += 1) rmSync(at(i));
    for (let i = files - 1; i > 0; i -= 1) {
      try {
        renameSync(at(i - 1), at(i));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
  }
}
