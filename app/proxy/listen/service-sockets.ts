/** Sockets of one service each, that clients have beside their own: `<service>/<client>.sock`. @module */
import type { Server } from "node:http";
import { join } from "node:path";
import type { ClientSettings } from "../../../document/client-settings.ts";

/** A server, and what removes its socket. */
export interface Endpoint {
  server: Server;
  remove(): void;
}

/** The parts that the sockets need. */
export interface ServiceSocketsOptions {
  /** Directory of the clients' sockets; undefined for none. */
  dir: string | undefined;
  open(client: string, dir: string, uid: number | undefined, service: string): Promise<Endpoint>;
  close(endpoint: Endpoint): void;
}

/** The services of entrances that have neither address nor port. */
const servicesIn = ({ listen = [] }: ClientSettings): string[] =>
  listen.flatMap(({ address, port, service }) =>
    address === undefined && port === undefined && service !== undefined ? [service] : [],
  );

/** Opens and closes them as clients come, go and change. */
export class ServiceSockets {
  readonly #options: ServiceSocketsOptions;
  readonly #byClient = new Map<string, Map<string, Endpoint>>();

  constructor(options: ServiceSocketsOptions) {
    this.#options = options;
  }

  get endpoints(): Endpoint[] {
    return [...this.#byClient.values()].flatMap((own) => [...own.values()]);
  }

  /**
   * Paths of a client's sockets by the service, where it has any.
   * @param but a service that is left out
   */
  of(client: string, but?: string): { services?: Record<string, string> } {
    const own = [...(this.#byClient.get(client)?.keys() ?? [])].filter((service) => service !== but);
    const { dir } = this.#options;
    if (own.length === 0 || dir === undefined) return {};
    return { services: Object.fromEntries(own.map((s) => [s, join(dir, s, `${client}.sock`)])) };
  }

  /**
   * Makes a client's sockets those of its settings.
   * @throws Error when one cannot be opened
   */
  async set(client: string, settings: ClientSettings, uid: number | undefined): Promise<void> {
    const { dir } = this.#options;
    if (dir === undefined) return;
    const wanted = servicesIn(settings);
    this.close(client, wanted);
    const own = this.#byClient.get(client) ?? new Map<string, Endpoint>();
    this.#byClient.set(client, own);
    for (const service of wanted) {
      if (!own.has(service))
        own.set(service, await this.#options.open(client, join(dir, service), uid, service));
    }
  }

  /** Closes a client's sockets, but those of these services. */
  close(client: string, but: readonly string[] = []): void {
    const own = this.#byClient.get(client);
    for (const [service, endpoint] of own ?? []) {
      if (but.includes(service)) continue;
      this.#options.close(endpoint);
      own!.delete(service);
    }
  }
}
