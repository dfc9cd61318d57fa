/** Object Storage: buckets, objects, multipart uploads and pre-authenticated requests. @module */
import type { Service } from "../../service.ts";
import { buckets } from "./buckets.ts";
import { objects } from "./objects.ts";
import { anonymous, preauthenticatedRequests } from "./preauthenticated.ts";

/** The handlers of Object Storage. */
export const objectstorage: Service = {
  name: "objectstorage",
  handlers: { ...buckets, ...objects, ...preauthenticatedRequests },
  anonymous,
};
