# Secrets: with given content, generated, and with what is to rotate them.
terraform {
  required_providers {
    oci = { source = "oracle/oci" }
  }
}

variable "compartment_id" { type = string }

resource "oci_kms_vault" "this" {
  compartment_id = var.compartment_id
  display_name   = "engine-secrets"
  vault_type     = "DEFAULT"
}

resource "oci_kms_key" "this" {
  compartment_id      = var.compartment_id
  display_name        = "engine-secrets"
  management_endpoint = oci_kms_vault.this.management_endpoint
  key_shape {
    algorithm = "AES"
    length    = 32
  }
}

locals {
  content = base64encode("not a secret")
  # OCIDs of what the local OCI does not have: nothing calls them here.
  function_id = "ocid1.fnfunc.oc1.iad.aaaaaaaaengine"
  database_id = "ocid1.autonomousdatabase.oc1.iad.aaaaaaaaengine"
}

resource "oci_vault_secret" "named" {
  compartment_id = var.compartment_id
  vault_id       = oci_kms_vault.this.id
  key_id         = oci_kms_key.this.id
  secret_name    = "engine-named"
  secret_content {
    content_type = "BASE64"
    content      = local.content
    name         = "first"
    stage        = "CURRENT"
  }
}

resource "oci_vault_secret" "unnamed" {
  compartment_id = var.compartment_id
  vault_id       = oci_kms_vault.this.id
  key_id         = oci_kms_key.this.id
  secret_name    = "engine-unnamed"
  secret_content {
    content_type = "BASE64"
    content      = local.content
    stage        = "CURRENT"
  }
}

resource "oci_vault_secret" "generated" {
  compartment_id         = var.compartment_id
  vault_id               = oci_kms_vault.this.id
  key_id                 = oci_kms_key.this.id
  secret_name            = "engine-generated"
  enable_auto_generation = true
  secret_generation_context {
    generation_type     = "PASSPHRASE"
    generation_template = "SECRETS_DEFAULT_PASSWORD"
  }
}

resource "oci_vault_secret" "rotated" {
  compartment_id = var.compartment_id
  vault_id       = oci_kms_vault.this.id
  key_id         = oci_kms_key.this.id
  secret_name    = "engine-rotated"
  secret_content {
    content_type = "BASE64"
    content      = local.content
    name         = "first"
    stage        = "CURRENT"
  }
  rotation_config {
    is_scheduled_rotation_enabled = false
    rotation_interval             = "P90D"
    target_system_details {
      target_system_type = "FUNCTION"
      function_id        = local.function_id
    }
  }
}

resource "oci_vault_secret" "of_database" {
  compartment_id = var.compartment_id
  vault_id       = oci_kms_vault.this.id
  key_id         = oci_kms_key.this.id
  secret_name    = "engine-of-database"
  secret_content {
    content_type = "BASE64"
    content      = local.content
    name         = "first"
    stage        = "CURRENT"
  }
  rotation_config {
    is_scheduled_rotation_enabled = false
    target_system_details {
      target_system_type = "ADB"
      adb_id             = local.database_id
    }
  }
}

data "oci_vault_secrets" "active" {
  compartment_id = var.compartment_id
  vault_id       = oci_kms_vault.this.id
  state          = "ACTIVE"
  depends_on = [
    oci_vault_secret.named,
    oci_vault_secret.unnamed,
    oci_vault_secret.generated,
    oci_vault_secret.rotated,
    oci_vault_secret.of_database,
  ]
}

data "oci_vault_secret" "named" {
  secret_id = oci_vault_secret.named.id
}

data "oci_secrets_secretbundle" "named" {
  secret_id = oci_vault_secret.named.id
  stage     = "CURRENT"
}

data "oci_secrets_secretbundle_versions" "named" {
  secret_id = oci_vault_secret.named.id
}

output "found" {
  value = {
    secrets  = length(data.oci_vault_secrets.active.secrets)
    name     = data.oci_vault_secret.named.secret_name
    content  = base64decode(data.oci_secrets_secretbundle.named.secret_bundle_content[0].content)
    versions = length(data.oci_secrets_secretbundle_versions.named.secret_bundle_versions)
  }
}
