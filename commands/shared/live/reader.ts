/** Reads lists page by page, so many at once, and keeps what was refused. @module */
import { type CallOptions, type OciClient, OciError } from "../../../oci/client.ts";
import type { OciModel } from "../oci-model.ts";
import { limited } from "./limited.ts";
import type { LiveList } from "./lists.ts";

/** A list that could not be read. */
export interface Refusal {
  list: LiveList;
  /** OCID of the compartment or group that it is about; the tenancy's for what lies in the root. */
  of: string;
  /** Region of the call. */
  region: string;
  error: OciError;
}

/** Most calls at once: few enough that a tenancy's other users are not throttled. */
const MOST_CALLS = 12;

/** Items of a page. */
const PAGE = 1000;

/** Reads for one export. */
export interface LiveReader {
  /**
   * Every item of a list, as `keep` makes it of the models of one page at a time: models of instances carry their
   * user_data, and thousands of these do not belong in memory.
   * @returns nothing where it was refused, which `refusals` says
   * @throws CallError for another failure
   */
  list<T>(
    list: LiveList,
    of: string,
    options: CallOptions,
    keep: (model: OciModel) => T | undefined,
  ): Promise<T[]>;
  /** One model; undefined where it was refused. @throws CallError for another failure */
  get(list: LiveList, of: string, options: CallOptions): Promise<OciModel | undefined>;
  readonly refusals: Refusal[];
  /** Region of the calls that name none: it may change before the first of them. */
  region: string;
}

/** Absent or forbidden: OCI does not say which. */
const isRefusal = (error: unknown): error is OciError =>
  error instanceof OciError && (error.status === 404 || error.status === 403);

/**
 * A reader with a client. After the first failure that is no refusal nothing more is sent.
 * @param pageSize items of a page
 */
export const liveReader = (client: OciClient, region: string, pageSize: number = PAGE): LiveReader => {
  const turn = limited(MOST_CALLS);
  const stop = new AbortController();
  const refusals: Refusal[] = [];

  const send = <T>(operation: string, options: CallOptions) =>
    turn(async () => {
      try {
        return await client.call<T>(operation, {
          regionId: reader.region,
          signal: stop.signal,
          ...options,
        });
      } catch (error) {
        if (!isRefusal(error)) stop.abort(error);
        throw error;
      }
    });

  const unlessRefused = async <T>(
    list: LiveList,
    of: string,
    options: CallOptions,
    work: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusals.push({ list, of, region: options.regionId ?? reader.region, error });
      return undefined;
    }
  };

  const reader: LiveReader = {
    region,
    refusals,
    list: async (list, of, options, keep) =>
      (await unlessRefused(list, of, options, async () => {
        const found = [];
        let page: string | undefined;
        do {
          const query = { ...options.query, limit: pageSize, page };
          const { body, headers } = await send<OciModel[]>(list.operation, { ...options, query });
          for (const model of body) {
            const kept = keep(model);
            if (kept !== undefined) found.push(kept);
          }
          const next = headers["opc-next-page"];
          page = typeof next === "string" && next !== "" ? next : undefined;
        } while (page);
        return found;
      })) ?? [],
    get: (list, of, options) =>
      unlessRefused(list, of, options, async () => (await send<OciModel>(list.operation, options)).body),
  };
  return reader;
};
