/** Host names of OCI's services, by service, region and realm. @module */
export { type HostMatch, hostLookup, hostOf, isServedAt, serviceNames } from "./hosts/index.ts";
export { hostWithin, type OwnHost, ownHostOf } from "./hosts/own.ts";
