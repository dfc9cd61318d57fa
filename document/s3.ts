/** The name under which entrances of clients are for S3, in the place of a service's. @module */

export const S3 = "s3";
