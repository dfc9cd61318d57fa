/** Oracle's TypeScript SDK pointed at a local OCI. */
import {
  FixedTimeDelayStrategy,
  MaxTimeTerminationStrategy,
  NoRetryConfigurationDetails,
  Region,
  SimpleAuthenticationDetailsProvider,
} from "oci-common";
import type { ApiIdentity } from "../../local/bootstrap.ts";
import type { LocalOci } from "../../local/index.ts";

interface Client {
  endpoint: string;
}
type ClientClass<C> = new (params: never, configuration: never) => C;

/**
 * A client of any of the SDK's classes, signing as a user.
 * @param endpoint where it sends to: the service's plain listener in the home region when absent
 */
export const sdkClient = <C extends Client>(
  oci: LocalOci,
  client: ClientClass<C>,
  service: string,
  as: ApiIdentity = oci.administrator,
  endpoint: string = oci.overrides.urlOf(service, oci.cloud.regions[0]),
): C => {
  const authenticationDetailsProvider = new SimpleAuthenticationDetailsProvider(
    as.tenancyId,
    as.userId,
    as.fingerprint,
    as.privateKeyPem,
    null,
    Region.US_ASHBURN_1,
  );
  const made = new client(
    { authenticationDetailsProvider } as never,
    { retryConfiguration: NoRetryConfigurationDetails } as never,
  );
  made.endpoint = endpoint;
  return made;
};

/** Status, code and text of a refusal; undefined members when there was none. */
export const refusal = async (work: Promise<unknown>): Promise<[number, string, string]> => {
  const error = await work.then(
    () => undefined,
    (e) => e,
  );
  return [error?.statusCode, error?.serviceCode, error?.message];
};

/** Waits as the SDK's waiters do, more often: states last a few ms here. */
export const quickly = {
  terminationStrategy: new MaxTimeTerminationStrategy(10),
  delayStrategy: new FixedTimeDelayStrategy(0.02),
};
