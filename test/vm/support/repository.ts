/** Package repositories on the virtual machine, in which a package has a newer version. @module */
import { output } from "./machine.ts";

/** A repository with one newer package. */
export interface Repository {
  /** The release's suite: `stable-security`. */
  suite: string;
  /** An installed package. */
  name: string;
  /** Appended to the version that is installed. */
  versionSuffix: string;
}

/** Makes a repository of what is installed, under another version. `$1` suite, `$2` package, `$3` suffix. */
const MAKE = `set -eu
folder=/var/tmp/repository-$1
mkdir -p $folder/tree/DEBIAN
dpkg -L $2 | while read -r file; do if [ -f "$file" ] || [ -L "$file" ]; then cp -a --parents "$file" $folder/tree; fi; done
control=$(dpkg-query -s $2 | sed '/^Status:/d; /^Conffiles:/,/^[^ ]/{/^Conffiles:/d; /^ /d}; /^Version:/s/$/'"$3"'/')
echo "$control" >$folder/tree/DEBIAN/control
dpkg-deb -Znone --build $folder/tree $folder/$2.deb >/dev/null
rm -r $folder/tree
cd $folder
{
  echo "$control"
  echo "Filename: ./$2.deb"
  echo "Size: $(stat -c %s $2.deb)"
  echo "SHA256: $(sha256sum $2.deb | cut -d ' ' -f 1)"
} >Packages
printf 'Origin: Debian\nDate: %s\nSuite: %s\nSHA256:\n %s %s Packages\n' "$(date -Ru)" $1 $(sha256sum Packages | cut -d ' ' -f 1) $(stat -c %s Packages) >Release
echo "deb [trusted=yes] file:$folder ./" >/etc/apt/sources.list.d/$1.list
`;

/** Makes these repositories the machine's only ones. */
export const useRepositories = async (all: readonly Repository[]): Promise<void> => {
  await output(
    "mkdir -p /var/tmp/sources; mv /etc/apt/sources.list* /var/tmp/sources; mkdir /etc/apt/sources.list.d",
  );
  await output(`cat >/var/tmp/make.sh <<'SCRIPT'\n${MAKE}SCRIPT`);
  for (const { suite, name, versionSuffix } of all)
    await output(`sh /var/tmp/make.sh ${suite} ${name} ${versionSuffix}`, 300_000);
};
