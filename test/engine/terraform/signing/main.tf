# Keys that sign: RSA with two versions, ECDSA.
terraform {
  required_providers {
    oci = { source = "oracle/oci" }
  }
}

variable "compartment_id" { type = string }

resource "oci_kms_vault" "this" {
  compartment_id = var.compartment_id
  display_name   = "engine-signing"
  vault_type     = "DEFAULT"
}

resource "oci_kms_key" "rsa" {
  compartment_id      = var.compartment_id
  display_name        = "engine-rsa"
  management_endpoint = oci_kms_vault.this.management_endpoint
  protection_mode     = "SOFTWARE"
  key_shape {
    algorithm = "RSA"
    length    = 256
  }
}

resource "oci_kms_key" "ecdsa" {
  compartment_id      = var.compartment_id
  display_name        = "engine-ecdsa"
  management_endpoint = oci_kms_vault.this.management_endpoint
  protection_mode     = "SOFTWARE"
  key_shape {
    algorithm = "ECDSA"
    length    = 48
    curve_id  = "NIST_P384"
  }
}

# The provider waits 30 s after it has made a version.
resource "oci_kms_key_version" "second" {
  key_id              = oci_kms_key.rsa.id
  management_endpoint = oci_kms_vault.this.management_endpoint
}

resource "oci_kms_sign" "rsa" {
  crypto_endpoint   = oci_kms_vault.this.crypto_endpoint
  key_id            = oci_kms_key.rsa.id
  key_version_id    = oci_kms_key_version.second.key_version_id
  message           = "message"
  signing_algorithm = "SHA_224_RSA_PKCS1_V1_5"
}

resource "oci_kms_verify" "rsa" {
  crypto_endpoint   = oci_kms_vault.this.crypto_endpoint
  key_id            = oci_kms_key.rsa.id
  key_version_id    = oci_kms_sign.rsa.key_version_id
  message           = "message"
  signing_algorithm = "SHA_224_RSA_PKCS1_V1_5"
  signature         = oci_kms_sign.rsa.signature
}

resource "oci_kms_sign" "ecdsa" {
  crypto_endpoint   = oci_kms_vault.this.crypto_endpoint
  key_id            = oci_kms_key.ecdsa.id
  message           = base64encode("what is signed")
  signing_algorithm = "ECDSA_SHA_384"
}

resource "oci_kms_verify" "ecdsa" {
  crypto_endpoint   = oci_kms_vault.this.crypto_endpoint
  key_id            = oci_kms_key.ecdsa.id
  key_version_id    = oci_kms_sign.ecdsa.key_version_id
  message           = base64encode("something else")
  signing_algorithm = "ECDSA_SHA_384"
  signature         = oci_kms_sign.ecdsa.signature
}

output "found" {
  value = {
    rsa       = oci_kms_verify.rsa.is_signature_valid
    tampered  = oci_kms_verify.ecdsa.is_signature_valid
    publicKey = startswith(oci_kms_key_version.second.public_key, "-----BEGIN PUBLIC KEY-----")
  }
}
