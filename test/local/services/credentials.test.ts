/** Users' credentials beside API keys, Console passwords and capabilities, through Oracle's SDK. */
import { generateKeyPairSync } from "node:crypto";
import { IdentityClient } from "oci-identity";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiIdentity, WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.tenancy;
let oci: LocalOci;
let admin: IdentityClient;

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0 }, deployerStatements: [] });
  admin = sdkClient(oci, IdentityClient, "identity");
});
afterAll(() => oci.close());

const newUser = async (name: string): Promise<string> =>
  (await admin.createUser({ createUserDetails: { compartmentId, name, description: name } })).user.id;

test("an auth token is shown once, renamed, listed without its value, deleted", async () => {
  const userId = await newUser("tokens");
  const createAuthTokenDetails = { description: "registry" };
  const { authToken } = await admin.createAuthToken({ userId, createAuthTokenDetails });
  expect(authToken).toMatchObject({ userId, description: "registry", lifecycleState: "ACTIVE" });
  expect(authToken.token).toMatch(/^\S{20}$/);
  const authTokenId = authToken.id!;
  const changed = await admin.updateAuthToken({
    userId,
    authTokenId,
    updateAuthTokenDetails: { description: "other" },
  });
  expect(changed.authToken.description).toBe("other");
  const listed = await admin.listAuthTokens({ userId });
  expect(listed.items.map((t) => [t.id, t.description, t.token])).toEqual([
    [authTokenId, "other", undefined],
  ]);
  expect(JSON.stringify(oci.cloud.store.all())).not.toContain(authToken.token);
  await admin.deleteAuthToken({ userId, authTokenId });
  expect((await admin.listAuthTokens({ userId })).items).toEqual([]);
  expect((await refusal(admin.deleteAuthToken({ userId, authTokenId })))[0]).toBe(404);
});

test("a customer secret key has an access key as its id; a user has two at most", async () => {
  const userId = await newUser("keys");
  const create = () =>
    admin.createCustomerSecretKey({ userId, createCustomerSecretKeyDetails: { displayName: "s3" } });
  const { customerSecretKey: first } = await create();
  expect(first.id).toMatch(/^[0-9a-f]{40}$/);
  expect(Buffer.from(first.key!, "base64")).toHaveLength(32);
  await create();
  expect((await refusal(create()))[1]).toBe("LimitExceeded");
  const { items } = await admin.listCustomerSecretKeys({ userId });
  expect(items).toHaveLength(2);
  expect(JSON.stringify(items)).not.toContain(first.key);
  const change = { userId, customerSecretKeyId: first.id! };
  const changed = await admin.updateCustomerSecretKey({
    ...change,
    updateCustomerSecretKeyDetails: { displayName: "backup" },
  });
  expect(changed.customerSecretKeySummary.displayName).toBe("backup");
  await admin.deleteCustomerSecretKey(change);
  expect((await admin.listCustomerSecretKeys({ userId })).items).toHaveLength(1);
});

test("an SMTP credential has a user name; its password is shown once", async () => {
  const userId = await newUser("mail");
  const createSmtpCredentialDetails = { description: "alerts" };
  const { smtpCredential } = await admin.createSmtpCredential({ userId, createSmtpCredentialDetails });
  expect(smtpCredential.username).toContain(`${userId}@${WELL_KNOWN.tenancy}.`);
  expect(smtpCredential.password).toMatch(/^\S{20}$/);
  const { items } = await admin.listSmtpCredentials({ userId });
  expect(items).toMatchObject([{ id: smtpCredential.id, username: smtpCredential.username }]);
  expect(JSON.stringify(items)).not.toContain("password");
  const change = { userId, smtpCredentialId: smtpCredential.id! };
  const updateSmtpCredentialDetails = { description: "reports" };
  const changed = await admin.updateSmtpCredential({ ...change, updateSmtpCredentialDetails });
  expect(changed.smtpCredentialSummary.description).toBe("reports");
  await admin.deleteSmtpCredential(change);
  expect((await admin.listSmtpCredentials({ userId })).items).toEqual([]);
});

test("a Console password is told once; whether there is one can be asked", async () => {
  const userId = await newUser("console");
  expect((await refusal(admin.getUserUIPasswordInformation({ userId })))[0]).toBe(404);
  const { uIPassword } = await admin.createOrResetUIPassword({ userId });
  expect(uIPassword).toMatchObject({ userId, lifecycleState: "ACTIVE" });
  expect(uIPassword.password).toMatch(/^\S{20}$/);
  const { uIPasswordInformation } = await admin.getUserUIPasswordInformation({ userId });
  expect(uIPasswordInformation).toMatchObject({ userId, lifecycleState: "ACTIVE" });
  expect(uIPasswordInformation).not.toHaveProperty("password");
});

/** A user with an API key, and nothing that a policy grants. */
const person = async (name: string): Promise<ApiIdentity> => {
  const userId = await newUser(name);
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = publicKey.export({ type: "spki", format: "pem" }).toString();
  const { apiKey } = await admin.uploadApiKey({ userId, createApiKeyDetails: { key } });
  const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { ...oci.administrator, userId, fingerprint: apiKey.fingerprint!, privateKeyPem };
};

test("a user manages its own credentials without a policy, and nobody else's; capabilities are in force", async () => {
  const me = await person("me");
  const mine = sdkClient(oci, IdentityClient, "identity", me);
  const { userId } = me;
  const createAuthTokenDetails = { description: "mine" };
  await mine.createAuthToken({ userId, createAuthTokenDetails });
  expect((await mine.listSmtpCredentials({ userId })).items).toEqual([]);
  const theirs = { userId: oci.administrator.userId, createAuthTokenDetails };
  expect((await refusal(mine.createAuthToken(theirs)))[0]).toBe(404);
  expect((await refusal(mine.createOrResetUIPassword({ userId })))[0]).toBe(404);
  const { user } = await admin.updateUserCapabilities({
    userId,
    updateUserCapabilitiesDetails: { canUseApiKeys: false, canUseDBCredentials: false },
  });
  expect(user.capabilities).toMatchObject({
    canUseApiKeys: false,
    canUseDbCredentials: false,
    canUseAuthTokens: true,
  });
  expect((await refusal(mine.listAuthTokens({ userId })))[0]).toBe(401);
});

test("credentials go with their user", async () => {
  const userId = await newUser("leaving");
  await admin.createAuthToken({ userId, createAuthTokenDetails: { description: "" } });
  await admin.deleteUser({ userId });
  expect(oci.cloud.store.all().filter((r) => "userId" in r.model && r.model.userId === userId)).toEqual([]);
});
