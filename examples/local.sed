# Puts the local OCI's OCIDs in place of the examples' invented ones, which are the same in every run of it, and
# leaves out a wait that only the real OCI needs:  sed -f examples/local.sed examples/…/Pulumi.….yaml
s/ocid1.tenancy.oc1..aaaaaaaaexampletenancyaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/ocid1.tenancy.oc1..aaaaaaaaymgwh4pq7okzjqp7aad6xncamellgc2vc4rtrcgpf55qgp3rgkuq/
s/ocid1.compartment.oc1..aaaaaaaaexamplecompartmentaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/ocid1.compartment.oc1..aaaaaaaaswp3nuzqm33fqyqbikbqjv37bbw4h264e4d2ixexthm2a2s2bbl5/
s/ocid1.log.oc1.iad.aaaaaaaaexamplelogaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/ocid1.log.oc1.iad.aaaaaaaauhzjh2zetfr5pdeqquntlqtjyl53sb3q3gx3nhk64vqm4oomcinp/
s/ocid1.loggroup.oc1.iad.aaaaaaaaexampleloggroupaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/ocid1.loggroup.oc1.iad.aaaaaaaaexs47wjfge6bxwa3wdiwuhgrpziywskiw26kxtcrkqrd6mmfih7a/
s/ocid1.dns-zone.oc1..aaaaaaaaexamplezoneaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/ocid1.dns-zone.oc1..aaaaaaaarjwagljdf3tqrale34lie2qytuarhf62iyj3jz4iqougmtgsw5xv/
s/ocid1.containerrepo.oc1.iad.aaaaaaaaexamplerepositoryaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/ocid1.containerrepo.oc1.iad.aaaaaaaay6nbwlvxe73kyi5mq4fxofdx7gg35dr3ffph2l7ddi4k5qdldhok/
s/\(keyless:tagWaitS:\) .*/\1 0/
