/** The operations of S3 that the door serves, each with what does it. @module */
import type { S3Handler } from "../door.ts";
import type { S3Operation } from "../operation.ts";
import {
  createBucket,
  getBucketAcl,
  getBucketLocation,
  getBucketVersioning,
  getObjectAcl,
  getObjectTagging,
  headBucket,
  listBuckets,
} from "./buckets.ts";
import { completeMultipartUpload } from "./complete.ts";
import { copyObject, uploadPartCopy } from "./copy.ts";
import { listObjects, listObjectsV2 } from "./list.ts";
import {
  abortMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from "./multipart.ts";
import { getObject, getObjectAttributes, headObject } from "./objects.ts";
import { deleteObject, deleteObjects, putObject } from "./put.ts";

export const HANDLERS: Readonly<Record<S3Operation, S3Handler>> = {
  ListBuckets: listBuckets,
  HeadBucket: headBucket,
  CreateBucket: createBucket,
  GetBucketLocation: getBucketLocation,
  GetBucketVersioning: getBucketVersioning,
  GetBucketAcl: getBucketAcl,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListMultipartUploads: listMultipartUploads,
  DeleteObjects: deleteObjects,
  GetObject: getObject,
  HeadObject: headObject,
  GetObjectAttributes: getObjectAttributes,
  GetObjectAcl: getObjectAcl,
  GetObjectTagging: getObjectTagging,
  PutObject: putObject,
  CopyObject: copyObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
};
