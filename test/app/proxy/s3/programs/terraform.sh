# Terraform: state in the S3 backend with its lock file; of two runs at once one is refused.
# The backend reads the endpoint and the keys from the environment.
for run in first second; do
  mkdir -p "$WORK/$run"
  cat > "$WORK/$run/main.tf" <<EOF
terraform {
  backend "s3" {
    bucket                      = "$BUCKET"
    key                         = "${PREFIX}terraform.tfstate"
    region                      = "eu-frankfurt-1"
    use_lockfile                = true
    use_path_style              = true
    skip_credentials_validation = true
    skip_region_validation      = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
  }
}
variable "wait" { default = "true" }
resource "terraform_data" "one" {
  triggers_replace = [var.wait]
  provisioner "local-exec" { command = var.wait }
}
EOF
  terraform -chdir="$WORK/$run" init -input=false > "$WORK/init"
done
waiting="touch $WORK/started; while test ! -e $WORK/go; do sleep 0.1; done"
terraform -chdir="$WORK/first" apply -input=false -auto-approve -var "wait=$waiting" > "$WORK/apply" 2>&1 &
first=$!
until test -e "$WORK/started"; do
  kill -0 $first || { cat "$WORK/apply"; exit 1; }
  sleep 0.1
done
if terraform -chdir="$WORK/second" plan -input=false -no-color > "$WORK/refused" 2>&1; then exit 1; fi
touch "$WORK/go"
wait $first || { cat "$WORK/apply"; exit 1; }
grep -q 'Error acquiring the state lock' "$WORK/refused" || { cat "$WORK/refused"; exit 1; }
terraform -chdir="$WORK/second" state list | grep -qx terraform_data.one
terraform -chdir="$WORK/second" apply -input=false -auto-approve > "$WORK/apply" || { cat "$WORK/apply"; exit 1; }
terraform -chdir="$WORK/first" destroy -input=false -auto-approve > "$WORK/apply" || { cat "$WORK/apply"; exit 1; }
