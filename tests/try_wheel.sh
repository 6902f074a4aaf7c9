#!/bin/sh
# Install a wheel into clean environments and do the main job from there.
#   try_wheel.sh PYTHON WHEEL
set -eu
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
wheel=$(realpath "$2")
constraints=$(realpath constraints.txt)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" # so that nothing is imported from the checkout

tops=$("$python" -m zipfile -l "$wheel" | awk 'NR > 1 {print $1}' | cut -d/ -f1 | sort -u | tr '\n' ' ')
case "$tops" in
"slotkit slotkit-"*.dist-info" ") ;;
*) echo "the wheel must hold slotkit alone, it holds: $tops" >&2 && exit 1 ;;
esac

for extra in base train; do
	"$python" -m venv "$extra"
	[ "$extra" = base ] && what=$wheel || what="$wheel[$extra]"
	"$extra/bin/python" -m pip install --quiet --disable-pip-version-check \
		--constraint "$constraints" "$what"
done

train/bin/slotkit corpora
train/bin/slotkit train ticket_booking --epochs 2 --quiet -o model
train/bin/slotkit evaluate model ticket_booking >/dev/null

base/bin/python -c 'import slotkit.loops.loops' # else all of it would run in NumPy, slower

# In the environment that has torch, tagging must not ask for it.
mkdir blocked
echo 'raise ImportError("torch is blocked here")' >blocked/torch.py
PYTHONPATH=blocked train/bin/slotkit tag -m model --json "arrive Taipei on November 2nd"

# In the base environment there is none: tagging works, training says what it lacks.
base/bin/slotkit tag -m model "leave Taipei on November 2nd"
if base/bin/slotkit train 2>said; then
	echo "train must fail without the extra" >&2 && exit 1
fi
cat said
grep -q 'slotkit\[train\]' said
[ "$(wc -l <said)" = 1 ]
echo "the wheel works"
