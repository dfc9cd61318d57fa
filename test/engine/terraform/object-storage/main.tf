# Buckets, versions of objects, copies, rules, and URLs that open them.
terraform {
  required_providers {
    oci = { source = "oracle/oci" }
  }
}

variable "compartment_id" { type = string }
variable "tenancy_id" { type = string }
variable "region" { type = string }
variable "expires" { type = string }

data "oci_objectstorage_namespace" "this" {
  compartment_id = var.compartment_id
}

locals {
  namespace = data.oci_objectstorage_namespace.this.namespace
}

resource "oci_objectstorage_namespace_metadata" "this" {
  namespace                    = local.namespace
  default_s3compartment_id     = var.compartment_id
  default_swift_compartment_id = var.compartment_id
}

data "oci_objectstorage_namespace_metadata" "this" {
  namespace = oci_objectstorage_namespace_metadata.this.namespace
}

# Copies are made by the service itself, which needs a statement for that.
resource "oci_identity_policy" "copies" {
  compartment_id = var.tenancy_id
  name           = "engine-copies"
  description    = "Object Storage copies objects"
  statements = [
    "Allow service objectstorage-${var.region} to manage object-family in compartment id ${var.compartment_id}",
  ]
}

resource "oci_objectstorage_bucket" "pages" {
  compartment_id = var.compartment_id
  namespace      = local.namespace
  name           = "engine-pages"
  access_type    = "NoPublicAccess"
  auto_tiering   = "Disabled"
}

resource "oci_objectstorage_bucket" "history" {
  compartment_id = var.compartment_id
  namespace      = local.namespace
  name           = "engine-history"
  access_type    = "NoPublicAccess"
  versioning     = "Enabled"
}

resource "oci_objectstorage_bucket" "ledger" {
  compartment_id = var.compartment_id
  namespace      = local.namespace
  name           = "engine-ledger"
  access_type    = "NoPublicAccess"
  retention_rules {
    display_name     = "ten-days"
    time_rule_locked = "2120-05-04T17:23:46Z"
    duration {
      time_amount = "10"
      time_unit   = "DAYS"
    }
  }
}

resource "oci_objectstorage_object" "page" {
  namespace           = local.namespace
  bucket              = oci_objectstorage_bucket.pages.name
  object              = "page.html"
  content             = "<p>hello</p>"
  content_type        = "text/html"
  content_language    = "en"
  content_disposition = "attachment; filename=\"page.html\""
}

resource "oci_objectstorage_object" "copy" {
  namespace = local.namespace
  bucket    = oci_objectstorage_bucket.pages.name
  object    = "copy.html"
  # A copy has the headers of its source.
  content_type        = "text/html"
  content_language    = "en"
  content_disposition = "attachment; filename=\"page.html\""
  source_uri_details {
    region    = var.region
    namespace = local.namespace
    bucket    = oci_objectstorage_bucket.pages.name
    object    = oci_objectstorage_object.page.object
  }
  depends_on = [oci_identity_policy.copies]
}

resource "oci_objectstorage_object" "kept" {
  namespace                  = local.namespace
  bucket                     = oci_objectstorage_bucket.history.name
  object                     = "kept.html"
  content_type               = "text/html"
  content_language           = "en"
  content_disposition        = "attachment; filename=\"page.html\""
  delete_all_object_versions = true
  source_uri_details {
    region            = var.region
    namespace         = local.namespace
    bucket            = oci_objectstorage_bucket.pages.name
    object            = oci_objectstorage_object.page.object
    source_version_id = oci_objectstorage_object.page.version_id
  }
  depends_on = [oci_identity_policy.copies]
}

resource "oci_objectstorage_preauthrequest" "upload" {
  namespace    = local.namespace
  bucket       = oci_objectstorage_bucket.pages.name
  name         = "upload"
  access_type  = "AnyObjectWrite"
  time_expires = var.expires
}

resource "oci_objectstorage_preauthrequest" "page" {
  namespace    = local.namespace
  bucket       = oci_objectstorage_bucket.pages.name
  object_name  = oci_objectstorage_object.page.object
  name         = "page"
  access_type  = "ObjectRead"
  time_expires = var.expires
}

data "oci_objectstorage_object" "page" {
  namespace = local.namespace
  bucket    = oci_objectstorage_bucket.pages.name
  object    = oci_objectstorage_object.page.object
}

data "oci_objectstorage_object_head" "copy" {
  namespace = local.namespace
  bucket    = oci_objectstorage_bucket.pages.name
  object    = oci_objectstorage_object.copy.object
}

data "oci_objectstorage_objects" "pages" {
  namespace  = local.namespace
  bucket     = oci_objectstorage_bucket.pages.name
  depends_on = [oci_objectstorage_object.page, oci_objectstorage_object.copy]
}

# Without `fields` provider 8.23 asks for a list that its own SDK refuses.
data "oci_objectstorage_object_versions" "history" {
  namespace  = local.namespace
  bucket     = oci_objectstorage_bucket.history.name
  fields     = "name"
  depends_on = [oci_objectstorage_object.kept]
}

data "oci_objectstorage_bucket_summaries" "pages" {
  compartment_id = var.compartment_id
  namespace      = local.namespace
  filter {
    name   = "name"
    values = [oci_objectstorage_bucket.pages.name]
  }
}

output "found" {
  value = {
    content  = data.oci_objectstorage_object.page.content
    length   = data.oci_objectstorage_object_head.copy.content_length
    objects  = length(data.oci_objectstorage_objects.pages.objects)
    versions = length(data.oci_objectstorage_object_versions.history.items)
    buckets  = length(data.oci_objectstorage_bucket_summaries.pages.bucket_summaries)
    s3       = data.oci_objectstorage_namespace_metadata.this.default_s3compartment_id == var.compartment_id
  }
}
