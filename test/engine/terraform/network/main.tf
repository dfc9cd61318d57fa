# A VCN with what OCI makes along with it, changed, and with more of the same kinds beside that.
terraform {
  required_providers {
    oci = { source = "oracle/oci" }
  }
}

variable "compartment_id" { type = string }

resource "oci_core_vcn" "this" {
  compartment_id = var.compartment_id
  cidr_blocks    = ["10.8.0.0/16"]
  dns_label      = "engine"
  display_name   = "engine"
}

resource "oci_core_internet_gateway" "this" {
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  display_name   = "internet"
}

resource "oci_core_default_route_table" "this" {
  manage_default_resource_id = oci_core_vcn.this.default_route_table_id
  display_name               = "default"
  route_rules {
    destination       = "0.0.0.0/0"
    destination_type  = "CIDR_BLOCK"
    network_entity_id = oci_core_internet_gateway.this.id
  }
}

resource "oci_core_route_table" "other" {
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  display_name   = "other"
  route_rules {
    destination       = "192.0.2.0/24"
    destination_type  = "CIDR_BLOCK"
    network_entity_id = oci_core_internet_gateway.this.id
  }
}

resource "oci_core_default_dhcp_options" "this" {
  manage_default_resource_id = oci_core_vcn.this.default_dhcp_options_id
  display_name               = "default"
  options {
    type        = "DomainNameServer"
    server_type = "VcnLocalPlusInternet"
  }
  options {
    type                = "SearchDomain"
    search_domain_names = ["example.com"]
  }
}

resource "oci_core_dhcp_options" "other" {
  compartment_id = var.compartment_id
  vcn_id         = oci_core_vcn.this.id
  display_name   = "other"
  options {
    type        = "DomainNameServer"
    server_type = "VcnLocalPlusInternet"
  }
  options {
    type                = "SearchDomain"
    search_domain_names = ["other.example.com"]
  }
}

resource "oci_core_default_security_list" "this" {
  manage_default_resource_id = oci_core_vcn.this.default_security_list_id
  display_name               = "default"
  egress_security_rules {
    protocol    = "17"
    destination = "0.0.0.0/0"
    stateless   = true
    udp_options {
      min = 319
      max = 320
    }
  }
  ingress_security_rules {
    protocol = "6"
    source   = "10.8.0.0/16"
    tcp_options {
      min = 22
      max = 22
    }
  }
  ingress_security_rules {
    protocol  = "1"
    source    = "0.0.0.0/0"
    stateless = true
    icmp_options {
      type = 3
      code = 4
    }
  }
}

output "found" {
  value = {
    table = oci_core_default_route_table.this.id == oci_core_vcn.this.default_route_table_id
  }
}
