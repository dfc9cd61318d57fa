/** Values that OCI shows the deployer, or a clear refusal. @module */
import * as pulumi from "@pulumi/pulumi";

/**
 * A member of a data source's result that is there whenever OCI's response was a success. The provider
 * swallows OCI's 404 (absent, or not allowed: OCI does not say which) and hands back an empty result without
 * an error.
 * @param setting the setting that named it, with its namespace
 * @param what in words, with what it was asked by
 * @throws RunError where there is none
 */
export const seen = <T>(value: T | undefined, setting: string, what: string): T => {
  // A name that nothing has is an empty string in some results.
  if (value !== undefined && value !== "") return value;
  throw new pulumi.RunError(
    `${setting}: found no ${what} that the deployer may read; allowed: what exists and the deployer has a policy for`,
  );
};

/**
 * Runs a program so that what it throws ends as one message. Pulumi's host prints any other error with its stack,
 * and Node 20's coloured printing of a frame such as `node_modules/@pulumi/resource.ts` runs until memory ends.
 */
export const withoutStack = async <T>(program: () => Promise<T>): Promise<T> => {
  try {
    return await program();
  } catch (error) {
    if (pulumi.RunError.isInstance(error)) throw error;
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
};
