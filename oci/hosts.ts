/** Host names of OCI's services, by service, region and realm. @module */
export {
  type HostMatch,
  hostLookup,
  hostOf,
  isServedAt,
  servedByOwnHost,
  serviceNames,
} from "./hosts/index.ts";
