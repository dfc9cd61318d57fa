# Who there is, with every kind of credential, and how resources are tagged.
terraform {
  required_providers {
    oci = { source = "oracle/oci" }
  }
}

variable "tenancy_id" { type = string }
variable "compartment_id" { type = string }
variable "region" { type = string }
variable "public_key" { type = string }

locals {
  prefix = "engine"
}

resource "oci_identity_compartment" "team" {
  compartment_id = var.tenancy_id
  name           = "${local.prefix}-team"
  description    = "A compartment that goes again"
  enable_delete  = true
}

resource "oci_identity_group" "staff" {
  compartment_id = var.tenancy_id
  name           = "${local.prefix}-staff"
  description    = "People of the team"
}

resource "oci_identity_user" "alice" {
  compartment_id = var.tenancy_id
  name           = "${local.prefix}-alice"
  email          = "alice@example.com"
  description    = "Has one of each credential"
}

resource "oci_identity_user" "batch" {
  compartment_id = var.tenancy_id
  name           = "${local.prefix}-batch"
  description    = "May use no credential at all"
}

resource "oci_identity_user_capabilities_management" "batch" {
  user_id                      = oci_identity_user.batch.id
  can_use_api_keys             = false
  can_use_auth_tokens          = false
  can_use_console_password     = false
  can_use_customer_secret_keys = false
  can_use_smtp_credentials     = false
}

resource "oci_identity_user_group_membership" "alice" {
  user_id  = oci_identity_user.alice.id
  group_id = oci_identity_group.staff.id
}

resource "oci_identity_api_key" "alice" {
  user_id   = oci_identity_user.alice.id
  key_value = var.public_key
}

resource "oci_identity_auth_token" "alice" {
  user_id     = oci_identity_user.alice.id
  description = "For the registry"
}

resource "oci_identity_customer_secret_key" "alice" {
  user_id      = oci_identity_user.alice.id
  display_name = "for-s3-clients"
}

resource "oci_identity_smtp_credential" "alice" {
  user_id     = oci_identity_user.alice.id
  description = "For mail"
}

resource "oci_identity_ui_password" "alice" {
  user_id = oci_identity_user.alice.id
}

resource "oci_identity_dynamic_group" "machines" {
  compartment_id = var.tenancy_id
  name           = "${local.prefix}-machines"
  description    = "Instances of the team"
  matching_rule  = "ANY {instance.compartment.id = '${oci_identity_compartment.team.id}'}"
}

resource "oci_identity_policy" "staff" {
  compartment_id = oci_identity_compartment.team.id
  name           = "${local.prefix}-staff"
  description    = "What the team's people see"
  statements = [
    "Allow group ${oci_identity_group.staff.name} to read instances in compartment ${oci_identity_compartment.team.name}",
  ]
}

resource "oci_identity_policy" "machines" {
  compartment_id = oci_identity_compartment.team.id
  name           = "${local.prefix}-machines"
  description    = "What the team's machines see"
  statements = [
    "Allow dynamic-group ${oci_identity_dynamic_group.machines.name} to inspect instances in compartment ${oci_identity_compartment.team.name}",
  ]
}

resource "oci_core_vcn" "office" {
  compartment_id = var.compartment_id
  cidr_blocks    = ["10.0.0.0/16"]
  display_name   = "office"
}

resource "oci_identity_network_source" "office" {
  compartment_id     = var.tenancy_id
  name               = "${local.prefix}-office"
  description        = "Where people work"
  public_source_list = ["192.0.2.5"]
  services           = ["all"]
  freeform_tags      = { floor = "2" }
  virtual_source_list {
    vcn_id    = oci_core_vcn.office.id
    ip_ranges = ["10.0.0.0/16"]
  }
}

resource "oci_identity_tag_namespace" "costs" {
  compartment_id = var.tenancy_id
  name           = "${local.prefix}-costs"
  description    = "Who pays"
  is_retired     = false
}

resource "oci_identity_tag" "centre" {
  tag_namespace_id = oci_identity_tag_namespace.costs.id
  name             = "centre"
  description      = "A cost centre"
  is_retired       = false
  validator {
    validator_type = "ENUM"
    values         = ["one", "two"]
  }
}

resource "oci_identity_tag_default" "centre" {
  compartment_id    = var.compartment_id
  tag_definition_id = oci_identity_tag.centre.id
  value             = "one"
}

resource "oci_identity_import_standard_tags_management" "standard" {
  compartment_id              = var.tenancy_id
  standard_tag_namespace_name = "Oracle-Standard"
}

resource "oci_identity_domain" "guests" {
  compartment_id = var.compartment_id
  display_name   = "${local.prefix}-guests"
  description    = "People from elsewhere"
  license_type   = "premium"
  home_region    = var.region
  state          = "INACTIVE"
}

data "oci_identity_availability_domain" "first" {
  compartment_id = var.tenancy_id
  ad_number      = 1
}

data "oci_identity_region_subscriptions" "home" {
  tenancy_id = var.tenancy_id
  filter {
    name   = "is_home_region"
    values = [true]
  }
}

data "oci_identity_regions" "all" {}

data "oci_identity_tenancy" "this" {
  tenancy_id = var.tenancy_id
}

data "oci_identity_users" "alice" {
  compartment_id = var.tenancy_id
  filter {
    name   = "name"
    values = [oci_identity_user.alice.name]
  }
}

data "oci_identity_ui_password" "alice" {
  user_id = oci_identity_ui_password.alice.user_id
}

data "oci_identity_customer_secret_keys" "alice" {
  user_id = oci_identity_customer_secret_key.alice.user_id
}

data "oci_identity_smtp_credentials" "alice" {
  user_id = oci_identity_smtp_credential.alice.user_id
}

data "oci_identity_network_sources" "office" {
  compartment_id = var.tenancy_id
  filter {
    name   = "id"
    values = [oci_identity_network_source.office.id]
  }
}

data "oci_identity_cost_tracking_tags" "all" {
  compartment_id = var.tenancy_id
}

data "oci_identity_domains" "all" {
  compartment_id = oci_identity_domain.guests.compartment_id
}

data "oci_identity_allowed_domain_license_types" "all" {}

data "oci_identity_tag_standard_tag_namespace_templates" "all" {
  compartment_id = var.tenancy_id
}

data "oci_identity_tag_standard_tag_namespace_template" "standard" {
  compartment_id              = var.tenancy_id
  standard_tag_namespace_name = "Oracle-Standard"
}

output "found" {
  value = {
    users    = length(data.oci_identity_users.alice.users)
    keys     = length(data.oci_identity_customer_secret_keys.alice.customer_secret_keys)
    smtp     = length(data.oci_identity_smtp_credentials.alice.smtp_credentials)
    sources  = length(data.oci_identity_network_sources.office.network_sources)
    home     = data.oci_identity_region_subscriptions.home.region_subscriptions[0].region_name
    password = data.oci_identity_ui_password.alice.state
  }
}
