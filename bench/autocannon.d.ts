declare module "autocannon" {
  /** What the benchmark uses of autocannon's options. */
  export interface Options {
    url: string;
    connections: number;
    duration: number;
    headers?: Record<string, string>;
    overallRate?: number;
    requests?: { setupRequest(one: { path?: string }): { path?: string } }[];
  }
  /** What it uses of the result. */
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
