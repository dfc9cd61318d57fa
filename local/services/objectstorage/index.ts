/** Object Storage: buckets, objects, multipart uploads and pre-authenticated requests. @module */
import type { Service } from "../../service.ts";
import { anonymous } from "./anonymous.ts";
import { buckets } from "./buckets.ts";
import { copies } from "./copy.ts";
import { multipartUploads } from "./multipart.ts";
import { namespaces } from "./namespace.ts";
import { objects } from "./objects.ts";
import { preauthenticatedRequests } from "./preauthenticated.ts";
import { retentionRules } from "./retention.ts";

/** The handlers of Object Storage. */
export const objectstorage: Service = {
  name: "objectstorage",
  handlers: {
    ...namespaces,
    ...buckets,
    ...objects,
    ...multipartUploads,
    ...copies,
    ...preauthenticatedRequests,
    ...retentionRules,
  },
  anonymous,
};
