/**
 * The far end of a guest's TCP connections (RFC 9293): each becomes a connection of this process to where the
 * address leads. Only what the cable needs: it keeps order and seldom loses, so what arrives out of order is
 * not kept, and what is lost is sent again from the first byte that is missing.
 * @module
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { ACK, FIN, PSH, RST, type Segment, SYN } from "./packets.ts";
import { SendBuffer } from "./send-buffer.ts";

/** The receive window, and the scale of its 16 bits. */
const WINDOW_BYTES = 256 * 1024;
const WINDOW_SCALE = 4;
/** Most bytes taken from the far end before the guest has acknowledged them. */
const BUFFER_BYTES = 1024 * 1024;
const RETRANSMIT_MS = 1_000;
const LONGEST_RETRANSMIT_MS = 30_000;
const MOST_RETRANSMITS = 10;

/** `a - b` in sequence space. */
const distance = (a: number, b: number): number => (a - b) | 0;

/** The surroundings that a connection needs. */
export interface TcpContext {
  /** Opens the far end, which may end its side alone. */
  connect(): Socket;
  /** Sends a segment to the guest; ports are filled in. */
  send(segment: Omit<Segment, "sourcePort" | "destinationPort">): void;
  /** Called when the connection is over. */
  ended(): void;
  maxSegmentBytes: number;
}

/** One connection that a guest has opened. */
export class TcpConnection {
  readonly #context: TcpContext;
  readonly #far: Socket;
  readonly #mss: number;
  readonly #guestScale: number | undefined;
  /** Next byte expected of the guest. */
  #expected: number;
  /** First byte that the guest has not acknowledged, the next that is sent, and the one after all that was sent. */
  #unacknowledged: number;
  #next: number;
  #highest: number;
  /** The bytes from `#unacknowledged` on. */
  readonly #buffer = new SendBuffer();
  #guestWindow = 0;
  #advertised = WINDOW_BYTES;
  /** True when the far end is there, and the SYN-ACK has been sent to the guest. */
  #accepted = false;
  /** True when the guest has acknowledged that. */
  #established = false;
  #farEnded = false;
  #finSent = false;
  #finAcknowledged = false;
  #guestEnded = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;
  #retransmits = 0;
  #duplicates = 0;

  /** @param syn the segment that opens the connection */
  constructor(syn: Segment, context: TcpContext) {
    this.#context = context;
    this.#expected = (syn.sequence + 1) >>> 0;
    this.#unacknowledged = randomBytes(4).readUInt32BE();
    this.#next = this.#unacknowledged;
    this.#highest = this.#next;
    this.#guestWindow = syn.window;
    this.#guestScale = syn.windowScale;
    this.#mss = Math.min(syn.maxSegmentBytes ?? 536, context.maxSegmentBytes);
    this.#far = context.connect();
    this.#far
      .on("connect", () => this.#accept())
      .on("data", (chunk: Buffer) => {
        this.#buffer.push(chunk);
        if (this.#buffer.bytes > BUFFER_BYTES) this.#far.pause();
        this.#flush();
      })
      .on("drain", () => {
        if (this.#window() - this.#advertised >= WINDOW_BYTES / 2) this.#acknowledge();
      })
      .on("end", () => {
        this.#farEnded = true;
        this.#flush();
      })
      .on("error", () => this.#reset())
      .on("close", (failed: boolean) => {
        if (failed) this.#reset();
      });
  }

  /** Takes a segment of this connection. */
  receive(segment: Segment): void {
    if (this.#over) return;
    if (segment.flags & RST) {
      this.destroy();
      return;
    }
    if (segment.flags & SYN) {
      // The guest did not see our SYN-ACK.
      if (this.#accepted) this.#sendSynAck();
      return;
    }
    if (segment.flags & ACK) this.#acknowledged(segment);
    if (this.#over || !this.#established) return;
    const fin = (segment.flags & FIN) !== 0;
    if (segment.payload.length === 0 && !fin) return;
    if (segment.sequence !== this.#expected || this.#guestEnded) {
      this.#acknowledge();
      return;
    }
    if (segment.payload.length) {
      this.#expected = (this.#expected + segment.payload.length) >>> 0;
      // A copy: the frame's bytes are reused by whoever read them.
      this.#far.write(Buffer.from(segment.payload));
    }
    if (fin) {
      this.#expected = (this.#expected + 1) >>> 0;
      this.#guestEnded = true;
      this.#far.end();
    }
    this.#acknowledge();
    this.#finishWhenDone();
  }

  /** Ends it without a segment to the guest. */
  destroy(): void {
    this.#far.destroy();
    this.#finish();
  }

  #accept(): void {
    if (this.#over) return;
    this.#accepted = true;
    this.#sendSynAck();
    this.#sentUpTo(this.#unacknowledged + 1);
    this.#schedule();
  }

  #sendSynAck(): void {
    this.#context.send({
      sequence: this.#unacknowledged,
      acknowledgement: this.#expected,
      flags: SYN | ACK,
      window: 0xffff,
      maxSegmentBytes: this.#context.maxSegmentBytes,
      ...(this.#guestScale !== undefined && { windowScale: WINDOW_SCALE }),
      payload: Buffer.alloc(0),
    });
  }

  /** The bytes that the guest may still send: what the far end has not taken yet counts. */
  #window(): number {
    const free = Math.max(0, WINDOW_BYTES - this.#far.writableLength);
    return this.#guestScale === undefined ? Math.min(free, 0xffff) : free;
  }

  #send(flags: number, sequence: number, payload: Buffer): void {
    this.#advertised = this.#window();
    const window =
      this.#guestScale === undefined ? this.#advertised : Math.floor(this.#advertised / 2 ** WINDOW_SCALE);
    this.#context.send({ sequence, acknowledgement: this.#expected, flags, window, payload });
  }

  #acknowledge(): void {
    if (!this.#over && this.#established) this.#send(ACK, this.#next, Buffer.alloc(0));
  }

  #acknowledged(segment: Segment): void {
    this.#guestWindow = segment.window * 2 ** (this.#guestScale ?? 0);
    const bytes = distance(segment.acknowledgement, this.#unacknowledged);
    if (bytes < 0 || distance(segment.acknowledgement, this.#highest) > 0) return;
    if (!this.#established) {
      if (bytes !== 1) return;
      this.#established = true;
      this.#unacknowledged = this.#next;
      this.#retransmits = 0;
      this.#schedule();
    } else if (bytes === 0) {
      const waits = this.#highest !== this.#unacknowledged && segment.payload.length === 0;
      this.#duplicates = waits ? this.#duplicates + 1 : 0;
      if (this.#duplicates === 3) this.#sendAgain();
    } else {
      this.#duplicates = 0;
      this.#retransmits = 0;
      this.#unacknowledged = segment.acknowledgement;
      if (distance(this.#unacknowledged, this.#next) > 0) this.#next = this.#unacknowledged;
      // A FIN counts as one byte that stands in no buffer.
      if (bytes > this.#buffer.bytes) this.#finAcknowledged = true;
      this.#buffer.drop(bytes);
      this.#schedule();
    }
    if (this.#buffer.bytes < BUFFER_BYTES / 2) this.#far.resume();
    this.#flush();
    this.#finishWhenDone();
  }

  #sentUpTo(next: number): void {
    this.#next = next >>> 0;
    if (distance(this.#next, this.#highest) > 0) this.#highest = this.#next;
  }

  #sendBytes(offset: number, most: number): void {
    const payload = this.#buffer.slice(offset, most);
    this.#send(ACK | PSH, this.#next, payload);
    this.#sentUpTo(this.#next + payload.length);
    this.#schedule();
  }

  /** Sends what the guest's window allows, then the end. */
  #flush(): void {
    if (this.#over || !this.#established || this.#finAcknowledged) return;
    while (!this.#finSent) {
      const sent = distance(this.#next, this.#unacknowledged);
      const room = this.#guestWindow - sent;
      const waiting = this.#buffer.bytes - sent;
      if (waiting > 0 && room > 0) this.#sendBytes(sent, Math.min(this.#mss, room));
      else if (waiting === 0 && this.#farEnded) {
        this.#send(ACK | FIN, this.#next, Buffer.alloc(0));
        this.#finSent = true;
        this.#sentUpTo(this.#next + 1);
        this.#schedule();
      } else {
        if (waiting > 0 && !this.#timer) this.#schedule();
        return;
      }
    }
  }

  /**
   * Sends again from the first byte that is missing on; into a window that is closed one byte, so that its
   * opening is reported.
   */
  #sendAgain(): void {
    if (!this.#established) {
      this.#sendSynAck();
      return;
    }
    this.#next = this.#unacknowledged;
    this.#finSent = false;
    if (this.#guestWindow === 0 && this.#buffer.bytes > 0) this.#sendBytes(0, 1);
    else this.#flush();
  }

  /** Starts the timer anew while something is unacknowledged or waits for a window. */
  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#over || (this.#highest === this.#unacknowledged && this.#buffer.bytes === 0)) return;
    const waitMs = Math.min(RETRANSMIT_MS * 2 ** this.#retransmits, LONGEST_RETRANSMIT_MS);
    this.#timer = setTimeout(() => {
      this.#retransmits += 1;
      if (this.#retransmits > MOST_RETRANSMITS) return this.#reset();
      this.#sendAgain();
      this.#schedule();
    }, waitMs);
    this.#timer.unref();
  }

  /** Ends the connection when both sides have ended; the far end still gets what is on its way. */
  #finishWhenDone(): void {
    if (this.#finAcknowledged && this.#guestEnded) this.#finish();
  }

  #reset(): void {
    if (this.#over) return;
    this.#context.send({
      sequence: this.#next,
      acknowledgement: this.#expected,
      flags: RST | ACK,
      window: 0,
      payload: Buffer.alloc(0),
    });
    this.destroy();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#context.ended();
  }
}
