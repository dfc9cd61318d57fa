/** The hosts of services as Oracle's SDK has them. */
export interface HostsData {
  /** The release of the SDK. */
  sdk: string;
  /**
   * Template by service: `iaas.{region}.{dualStack?ds.oci.:}{secondLevelDomain}`. One without `{secondLevelDomain}`
   * is outside of every realm's domain.
   */
  templates: Record<string, string>;
  /** Label by service, for regions whose id holds dots: the host is `<label>.<region id>`. */
  dotted: Record<string, string>;
  /** Templates of single realms, by service and realm; clients use them where they are told to. */
  perRealm: Record<string, Record<string, string>>;
  /** Clients (`service.Client`) that take no region: each resource serves them at a host of its own. */
  withoutRegion: string[];
}
