/** A grant of a repository: what an instance of the local OCI has by its statements, and its proxy gives a client. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import {
  type Access,
  accessSchema,
  allowRules,
  compileStatements,
  kindOf,
  type StackIds,
} from "../../../access/index.ts";
import { runProbe } from "../../../app/check/probe.ts";
import { probeSchema } from "../../../document/schema.ts";
import { type LocalWorld, localWorld, startLocalProxy } from "../../support/local-proxy.ts";
import { signedCall } from "../../support/signed-call.ts";

let world: LocalWorld;
let running: Awaited<ReturnType<typeof startLocalProxy>>;
/** OCIDs of the repositories `team/web`, which is granted, and `team/other`. */
let granted: string;
let other: string;
let access: Access;
let ids: StackIds;

const made = async (service: string, target: string, body: unknown) => {
  const response = await signedCall(world.oci, service, "POST", target, { body });
  if (response.status >= 300) throw new Error(`${target}: ${response.status} ${response.text}`);
  return response.body as Record<string, string>;
};

beforeAll(async () => {
  world = await localWorld();
  const { compartmentId, namespace } = world;
  const repository = async (displayName: string) =>
    (await made("artifacts", "/20160918/container/repositories", { compartmentId, displayName }))["id"]!;
  [granted, other] = [await repository("team/web"), await repository("team/other")];
  const everything = [
    "artifacts.GetContainerRepository",
    "artifacts.ListContainerRepositories",
    "containerregistry.GetAccessToken",
  ].map((operation) => ({ operations: [operation], grant: "everything", where: {} }));
  access = accessSchema.parse({ clients: { app: [{ registry: granted, name: "team/web" }] } });
  ids = {
    tenancyId: world.oci.cloud.tenancy.id,
    groupId: world.oci.cloud.store.list("dynamicgroup").find((g) => g.model.name === "proxies")!.id,
    workloadCompartmentId: compartmentId,
    namespace,
    secret: { id: "ocid1.vaultsecret.oc1.iad.aaaaaaaanone", compartmentId, seen: "stack" },
  } as StackIds;
  await made("identity", "/20160918/policies", {
    compartmentId,
    name: "registry",
    description: "d",
    statements: compileStatements(access, ids).map((s) => s.text),
  });
  const clients = { ...allowRules(access, ids)!, all: { allow: everything } };
  running = await startLocalProxy(world, {}, { clients });
});
afterAll(async () => {
  await running?.close();
  await world.oci.close();
});

const send = async (client: string, path: string) => {
  const token = readFileSync(running.proxy.clients[client]!.tokenFile!, "utf8");
  const response = await fetch(`${running.proxy.url}${path}`, { headers: { "x-api-key": token } });
  return { status: response.status, text: await response.text() };
};
const scope = (name: string) => `scope=repository:${world.namespace}/${name}:pull`;
const TOKEN = "/containerregistry/20180419/docker/token";
const REPOSITORIES = "/artifacts/20160918/container/repositories";

it("a token to pull from the repository is given, and none to pull from another one", async () => {
  const { status, text } = await send("app", `${TOKEN}?${scope("team/web")}`);
  expect([status, JSON.parse(text)], text).toMatchObject([
    200,
    { scope: `repository:${world.namespace}/team/web:pull`, token: expect.any(String), expires_in: 3600 },
  ]);
  const refused = await send("app", `${TOKEN}?${scope("team/other")}`);
  expect(refused.status).toBe(403);
  expect(refused.text).toContain("{ registry: <its repository>, name: team/other }");
  expect((await send("app", TOKEN)).status).toBe(403);
});

it("the proxy alone keeps a client to its scope: the exchange is open to the instance", async () => {
  for (const query of ["", `?${scope("team/other")}`])
    expect([query, (await send("all", `${TOKEN}${query}`)).status]).toEqual([query, 200]);
});

it("the statement is for one repository by its name, and lists none", async () => {
  expect((await send("app", `${REPOSITORIES}/${granted}`)).status).toBe(200);
  expect((await send("app", `${REPOSITORIES}/${other}`)).status).toBe(403);
  expect((await send("all", `${REPOSITORIES}/${granted}`)).status).toBe(200);
  for (const path of [`/${other}`, `?compartmentId=${world.compartmentId}`]) {
    const refused = await send("all", `${REPOSITORIES}${path}`);
    expect([path, refused.status, refused.text.includes("NotAuthorizedOrNotFound")]).toEqual([
      path,
      404,
      true,
    ]);
  }
});

it("what the check tries is as it must be", async () => {
  vi.stubEnv("KEYLESS_PROXY_DIRECTORY", running.dir);
  const identity = {
    id: world.instanceId,
    regionInfo: { regionIdentifier: "us-ashburn-1", realmDomainComponent: world.oci.cloud.realm.domain },
  } as never;
  const [grant] = access.clients["app"]!;
  const { allowed, refused } = kindOf(grant!).probes(grant!, ids);
  const tried = await Promise.all(
    [...allowed.map((p) => ({ ...p, client: "app" })), ...refused.map((p) => ({ ...p, client: "all" }))].map(
      (probe) => runProbe(probeSchema.parse(probe), identity, undefined as never, AbortSignal.timeout(5000)),
    ),
  );
  vi.unstubAllEnvs();
  expect(tried.map(({ says, status, ok }) => [says, status, ok])).toEqual([
    ["get a token to pull images of team/web", 200, true],
    ["read the settings of the repository team/web", 200, true],
    ["list the compartment's repositories", 404, true],
  ]);
});
