declare module "autocannon" {
  /** The options of autocannon that the benchmark uses. */
  export interface Options {
    url: string;
    connections: number;
    duration: number;
    headers?: Record<string, string>;
    overallRate?: number;
    requests?: { setupRequest(one: { path?: string }): { path?: string } }[];
  }
  /** The members of its result that the benchmark uses. */
  export interface Result {
    requests: { total: number };
    latency: { p99: number };
    duration: number;
    non2xx: number;
    errors: number;
  }
  const autocannon: (options: Options) => Promise<Result>;
  export default autocannon;
}
