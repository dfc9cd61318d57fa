/**
 * Preloaded into Node programs by `env.sh`: before versions 22.21 and 24.5 Node's `fetch`, which OCI's TypeScript
 * SDK calls, does not read `HTTPS_PROXY`. Requests that `NO_PROXY` names, and plain HTTP, stay as they are.
 * @module
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const readsProxy = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);

if (!readsProxy && process.env["HTTPS_PROXY"]) {
  const { EnvHttpProxyAgent, setGlobalDispatcher } = await import("undici");
  setGlobalDispatcher(new EnvHttpProxyAgent());
}
