#!/usr/bin/env bash
# The whole proof: every figure of docs/PROOF.md. Each step's output is kept, so that a run that was stopped goes on where it was;
# a change of the sources begins anew.
#
#   tests/proof/run.sh            all steps, and a table at the end
#   tests/proof/run.sh STEP…      these only; their names are in the table
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

target=${CARGO_TARGET_DIR:-$PWD/target}
# What is proven is what stands in the sources now, committed or not.
sources=$(git ls-files -z -- Cargo.lock Cargo.toml src-tauri tests | xargs -0 sha256sum | sha256sum | cut -c1-12)
kept="$target/proof-results/$sources"
mkdir -p "$kept"

names=() commands=()
step() { # name, command and arguments in one text
  names+=("$1")
  commands+=("$2")
}

# The numbers are those of the table in docs/PROOF.md. One swarm has a million payments.
for part in $(seq 0 9); do
  step "swarm-$part" "proof swarm --first $((part * 32000)) --count 32000"
done
step worlds "proof worlds --count 512"
step determinism "proof determinism --count 10000"
step orders "stories i14"
step races "proof races --count 1000000"
step speed "proof speed --count 40"
step power-loss "storage power-loss --points 100000"
step disk-faults "storage disk-faults --count 3000"
step tampering "storage tampering --edits 10000"
step storage-days "storage days --count 300"
step hostile "tests/hostile/run.sh"
step planted "tests/planted/run.sh"

binary() { # package, test target; built once a run
  cargo test -q --profile proof -p "$1" --test "$2" --no-run --message-format=json 2> /dev/null |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -1
}
proof() { (cd src-tauri/simulator && "$proof_binary" "$@"); }
storage() { (cd src-tauri/engine && "$storage_binary" "$@"); }
stories() { (cd src-tauri/simulator && CHAOS_ORDERS=6 "$stories_binary" "$@"); }

echo "Building (profile proof) …" >&2
proof_binary=$(binary checkstand-simulator proof)
stories_binary=$(binary checkstand-simulator till)
storage_binary=$(binary checkstand-engine storage)

failed=0
for index in "${!names[@]}"; do
  name=${names[$index]}
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  if [ -f "$kept/$name.log" ]; then continue; fi
  echo "== $name ($((index + 1)) of ${#names[@]})" >&2
  begin=$SECONDS
  # shellcheck disable=SC2086 — a step is a command and its arguments.
  if ${commands[$index]} > "$kept/$name.part"; then
    echo "took $((SECONDS - begin)) s" >> "$kept/$name.part"
    mv "$kept/$name.part" "$kept/$name.log"
  else
    failed=$((failed + 1))
    cat "$kept/$name.part" >&2
  fi
done

for name in "${names[@]}"; do
  if [ -f "$kept/$name.log" ]; then
    printf '%-14s %s\n' "$name" "$(grep -vE '^(pairs|  |running|took|$)|passed, [0-9]+ failed$' "$kept/$name.log" | tail -1)"
  else
    printf '%-14s %s\n' "$name" "not done"
  fi
done
[ "$failed" -eq 0 ]
