/**
 * Every rule about one statement and about one matching rule.
 * @module
 */
import { anyForAll } from "./rules/any-for-all.ts";
import { anybody } from "./rules/anybody.ts";
import { contradiction } from "./rules/contradiction.ts";
import { denyNeverFires } from "./rules/deny-never-fires.ts";
import { domainInQuotes } from "./rules/domain-in-quotes.ts";
import { emptyValue } from "./rules/empty-value.ts";
import { escalation } from "./rules/escalation.ts";
import { manageTooWide } from "./rules/manage-too-wide.ts";
import { neverRequested } from "./rules/never-requested.ts";
import { ocidKind } from "./rules/ocid-kind.ts";
import { ocidWithoutId } from "./rules/ocid-without-id.ts";
import { outsideDecision } from "./rules/outside-decision.ts";
import { patternForm } from "./rules/pattern-form.ts";
import { principalType } from "./rules/principal-type.ts";
import { quotedVariable } from "./rules/quoted-variable.ts";
import { regionKey } from "./rules/region-key.ts";
import { ruleEveryInstance } from "./rules/rule-every-instance.ts";
import { ruleNotOcid } from "./rules/rule-not-ocid.ts";
import { ruleResourceType } from "./rules/rule-resource-type.ts";
import { ruleTautology } from "./rules/rule-tautology.ts";
import { ruleUnknownVariable } from "./rules/rule-unknown-variable.ts";
import { ruleUnsatisfiable } from "./rules/rule-unsatisfiable.ts";
import { ruleWholeCompartment } from "./rules/rule-whole-compartment.ts";
import { secretsForBundles } from "./rules/secrets-for-bundles.ts";
import { targetTagListCreate } from "./rules/target-tag-list-create.ts";
import { tautology } from "./rules/tautology.ts";
import { tenancyWide } from "./rules/tenancy-wide.ts";
import { timeFormat } from "./rules/time-format.ts";
import { unknownOperation } from "./rules/unknown-operation.ts";
import { unknownPermission } from "./rules/unknown-permission.ts";
import { unknownResourceType } from "./rules/unknown-resource-type.ts";
import { unknownVariable } from "./rules/unknown-variable.ts";
import { unquotedValue } from "./rules/unquoted-value.ts";
import { variableNeverApplies } from "./rules/variable-never-applies.ts";
import { wildcardInQuotes } from "./rules/wildcard-in-quotes.ts";
import type { MatchingRuleRule, StatementRule } from "./types.ts";

/** The rules about statements, in the order that findings are given in. */
export const statementRules: readonly StatementRule[] = [
  ocidWithoutId,
  unquotedValue,
  tautology,
  contradiction,
  denyNeverFires,
  principalType,
  timeFormat,
  tenancyWide,
  manageTooWide,
  secretsForBundles,
  anybody,
  anyForAll,
  wildcardInQuotes,
  patternForm,
  quotedVariable,
  emptyValue,
  domainInQuotes,
  ocidKind,
  regionKey,
  variableNeverApplies,
  neverRequested,
  targetTagListCreate,
  escalation,
  unknownVariable,
  unknownOperation,
  unknownPermission,
  unknownResourceType,
  outsideDecision,
];

/** The rules about matching rules. */
export const matchingRuleRules: readonly MatchingRuleRule[] = [
  ruleUnsatisfiable,
  ruleTautology,
  ruleUnknownVariable,
  ruleEveryInstance,
  ruleWholeCompartment,
  ruleNotOcid,
  ruleResourceType,
];
