/**
 * The embedded engine: runs the real Pulumi program under Pulumi's own mock monitor, and turns each
 * registration into signed calls. It is no second Pulumi: no diffs, no plans, no state file.
 * @module
 */
import * as pulumi from "@pulumi/pulumi";
import { type OciClient, OciError } from "../oci/client.ts";
import { dataSources } from "./data-sources.ts";
import { resourceTypes } from "./resource-types.ts";
import type { EngineContext, ResourceType, ResourceValues } from "./types.ts";
import { unwrap } from "./unwrap.ts";
import { untilGone, untilReady } from "./wait.ts";

/** A resource that the engine made. */
interface MadeResource {
  type: string;
  name: string;
  id: string;
  inputs: ResourceValues;
  context: EngineContext;
}

/** The state that a resource has after it was deleted, and until when. */
export interface Leftover {
  ocid: string;
  type: string;
  state: string;
  until?: string;
}

/** Options with which the engine runs a program. */
export interface EngineOptions {
  client: OciClient;
  /** `us-ashburn-1`: the stack's region. */
  regionId: string;
  project: string;
  stack: string;
  /** Stack configuration, `project:key` → value (JSON text where structured). */
  config: Readonly<Record<string, string>>;
  /** Keys of `config` that are secret. */
  secretKeys?: readonly string[];
  /** Runs the program and returns the stack's outputs. */
  program: () => Promise<Record<string, unknown>>;
  /** Called when a resource is made or deleted. */
  onProgress?: (event: { action: "create" | "delete"; type: string; name: string; ms: number }) => void;
}

/** A provisioned stack. */
export interface Stack {
  outputs: Readonly<Record<string, unknown>>;
  /** OCIDs of what was made, by Pulumi's type and name. */
  resources: readonly { type: string; name: string; id: string }[];
}

const PROVIDER = "pulumi:providers:oci";

/** One stack's engine: `up` once, `destroy` at any time. */
export class EmbeddedEngine {
  readonly #options: EngineOptions;
  readonly #made: MadeResource[] = [];
  readonly #providers = new Map<string, string>();
  #stopped: Error | undefined;
  #inFlight = new Set<Promise<unknown>>();
  #onRejection: (reason: unknown) => void = () => {};

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** The resources made so far. */
  get resources(): Stack["resources"] {
    return this.#made.map(({ type, name, id }) => ({ type, name, id }));
  }

  /**
   * Runs the program and makes what it registers, in dependency order.
   * @throws the first error of the program or of a call; what was made until then is left for `destroy`
   */
  async up(signal?: AbortSignal): Promise<Stack> {
    signal?.throwIfAborted();
    const { project, stack, config, secretKeys, program } = this.#options;
    let fail: (error: unknown) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = (error) => {
        this.#stopped ??= error instanceof Error ? error : new Error(String(error));
        reject(error);
      };
    });
    failed.catch(() => {});
    signal?.addEventListener("abort", () => fail(signal.reason), { once: true });
    // Pulumi's outputs reject where nobody waits for them, some of them late: until `destroy` is through.
    this.#onRejection = (reason: unknown) => fail(reason);
    process.on("unhandledRejection", this.#onRejection);
    try {
      await pulumi.runtime.setMocks(
        {
          newResource: (args) => this.#track(this.#register(args)).catch(this.#rethrow(fail)),
          call: (args) => this.#track(this.#invoke(args)).catch(this.#rethrow(fail)),
        },
        project,
        stack,
        false,
        "organization",
      );
      pulumi.runtime.setAllConfig({ ...config }, [...(secretKeys ?? [])]);
      const run = async (): Promise<Stack> => {
        const outputs = await resolve(await program());
        await pulumi.runtime.disconnect();
        return { outputs, resources: this.resources };
      };
      return await Promise.race([run(), failed]);
    } catch (error) {
      await Promise.allSettled([...this.#inFlight]);
      throw error;
    }
  }

  /** Deletes what was made, last first; goes on after errors and throws them together at the end. */
  async destroy(): Promise<Leftover[]> {
    await Promise.allSettled([...this.#inFlight]);
    const left: Leftover[] = [];
    const errors: Error[] = [];
    for (let made = this.#made.pop(); made; made = this.#made.pop()) {
      const start = performance.now();
      const { type, name, id, inputs, context } = made;
      try {
        const kind = resourceTypeOf(type);
        const refused = await kind.remove(id, inputs, context).then(
          () => undefined,
          (error: unknown) => unlessGone(error),
        );
        const remains = kind.belongsToAnother ? undefined : await untilGone(kind, id, inputs, context);
        // Somebody else may have deleted it, or scheduled it: what was wanted.
        if (refused && remains && remains.until === undefined) throw refused;
        if (remains) left.push({ ocid: id, type, ...remains });
      } catch (error) {
        errors.push(new Error(`${type} ${name} (${id}): ${error instanceof Error ? error.message : error}`));
      }
      this.#options.onProgress?.({ action: "delete", type, name, ms: performance.now() - start });
    }
    process.off("unhandledRejection", this.#onRejection);
    if (errors.length) throw new AggregateError(errors, errors.map((e) => e.message).join("\n"));
    return left;
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#inFlight.add(work);
    const done = () => this.#inFlight.delete(work);
    work.then(done, done);
    return work;
  }

  #rethrow(fail: (error: unknown) => void) {
    return (error: unknown): never => {
      fail(error);
      throw error;
    };
  }

  /** The region of a provider reference, `urn::id`; the stack's own without one. */
  #context(provider: string | undefined): EngineContext {
    const regionId = this.#providers.get(provider?.split("::").at(-1) ?? "") ?? this.#options.regionId;
    return { client: this.#options.client, regionId };
  }

  async #register(args: pulumi.runtime.MockResourceArgs): Promise<pulumi.runtime.MockResourceResult> {
    if (args.custom === false || args.type === "pulumi:pulumi:Stack")
      return { id: undefined, state: args.inputs };
    const inputs = unwrap(args.inputs) as ResourceValues;
    if (args.type === PROVIDER) {
      this.#providers.set(args.name, String(inputs["region"]));
      return { id: args.name, state: args.inputs };
    }
    if (this.#stopped) throw this.#stopped;
    const { type, name } = args;
    const kind = resourceTypeOf(type);
    const context = this.#context(args.provider);
    const start = performance.now();
    const { id, outputs } = await kind.create(inputs, context);
    this.#made.push({ type, name, id, inputs, context });
    const settled = await untilReady(kind, type, id, inputs, context);
    this.#options.onProgress?.({ action: "create", type, name, ms: performance.now() - start });
    return { id, state: { ...args.inputs, ...outputs, ...settled, ...keep(args.inputs, outputs, settled) } };
  }

  async #invoke(args: pulumi.runtime.MockCallArgs): Promise<pulumi.runtime.MockCallResult> {
    const source = dataSources[args.token];
    if (!source) throw new Error(`the embedded engine does not know the data source ${args.token}`);
    const inputs = unwrap(args.inputs) as ResourceValues;
    // The real provider swallows a 404 of a data source, and hands back what it was asked with.
    return source(inputs, this.#context(args.provider)).catch((error: unknown) => {
      if (error instanceof OciError && error.status === 404) return inputs;
      throw error;
    });
  }
}

/**
 * Merges inputs and outputs. Inputs win over OCI's responses where both have a member: the provider's names
 * and forms are the program's.
 */
const keep = (inputs: ResourceValues, ...outputs: ResourceValues[]): ResourceValues =>
  Object.fromEntries(
    Object.entries(inputs).filter(([key]) => outputs.some((some) => key in some && key !== "lifecycleState")),
  );

/**
 * The conflict that may be because the resource is gone already; undefined for what is absent: a resource that
 * somebody else has deleted is deleted.
 * @throws all else
 */
const unlessGone = (error: unknown): OciError | undefined => {
  if (!(error instanceof OciError && [404, 409].includes(error.status))) throw error;
  return error.status === 409 ? error : undefined;
};

const resourceTypeOf = (type: string): ResourceType => {
  const kind = resourceTypes[type];
  if (!kind)
    throw new Error(`the embedded engine does not know resources of type ${type}: use --engine pulumi`);
  return kind;
};

/** The program's outputs, awaited. */
const resolve = (exports: Record<string, unknown>): Promise<Record<string, unknown>> =>
  new Promise((done) => {
    pulumi.unsecret(pulumi.output(exports)).apply((values) => done(values as Record<string, unknown>));
  });
