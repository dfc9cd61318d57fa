/** What each fault that ends badly is explained by: the cause, the thing to blame, and what to do. @module */

/** What a run made, that an explanation names. */
export interface RunNames {
  decoy: string;
  instance: string;
}

/** What an explanation must be. */
export interface ExpectedExplanation {
  code: string;
  says: (run: RunNames) => (string | RegExp)[];
  fix: RegExp;
}

/** What the explanation of a fault must say to the deployer. */
export const explanations: Record<string, ExpectedExplanation> = {
  "no-policy": {
    // The statement for another client's secret is nearer than one for this secret that grants less.
    code: "statement-condition",
    says: () => [/No statement grants GetSecretBundle/, /not true of this request: target\.secret\.id = /],
    fix: /pulumi up/,
  },
  "other-instance": {
    code: "rule-does-not-select",
    says: (run) => [run.instance, /instance\.id = 'ocid1\.instance\.\S+zzzzzz' is not true/],
    fix: /pulumi up/,
  },
  "other-secret": {
    code: "statement-condition",
    says: (run) => [`target.secret.id = '${run.decoy}'`],
    fix: /pulumi up/,
  },
  "secret-pending-deletion": {
    code: "secret-not-active",
    says: () => [/is PENDING_DELETION, to be deleted on \d{4}-\d\d-\d\d/],
    fix: /cancel-secret-deletion --secret-id ocid1\.vaultsecret/,
  },
  "no-where": {
    code: "statement-too-wide",
    says: () => [/read the sibling secret's content/, /\(it has no where\)/],
    fix: /pulumi up/,
  },
  "too-wide": {
    code: "granted-elsewhere",
    says: () => [/No statement that you may read grants it/, /the policies attached to the tenancy/],
    fix: /verify/,
  },
  "no-decoy": {
    code: "target-absent",
    says: (run) => [run.decoy, /does not exist/],
    fix: /pulumi up/,
  },
  "clock-skew": { code: "clock", says: () => [/clock is (599|60\d) s off/], fix: /chronyc makestep/ },
  "auth-down": {
    code: "auth-service",
    says: () => [/could not get a security token/, /routed to Oracle's services/],
    fix: /status page/,
  },
  "foreign-document": {
    code: "document-refused",
    says: (run) => [run.instance, /its signature is not one of the stack's key/],
    fix: /pulumi up.*UpdateInstance/,
  },
  "tampered-bundle": {
    code: "bundle-changed",
    says: () => [/not the one that was deployed, and was not started/, /The stored object is right/],
    fix: /pulumi up/,
  },
  "missing-bundle": {
    code: "bundle-absent",
    says: () => [/The object keyless-local-release-\S+\/app-[0-9a-f]{64}\.cjs is not there/],
    fix: /pulumi up/,
  },
};
