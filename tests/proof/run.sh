#!/usr/bin/env bash
# The whole proof: every figure of docs/PROOF.md. What each step printed is kept, so that a run that was stopped goes on where it
# was. What is proven is a binary: where its bytes change, its steps begin anew.
#
#   tests/proof/run.sh            all steps, and a table at the end
#   tests/proof/run.sh STEP…      these only; their names are in the table
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

target=${CARGO_TARGET_DIR:-$PWD/target}
kept="$target/proof-results"
mkdir -p "$kept"

names=() whats=() commands=()
step() { # name, what it proves something of, command and arguments in one text
  names+=("$1")
  whats+=("$2")
  commands+=("$3")
}

# The numbers are those of the table in docs/PROOF.md. A swarm has a million payments.
for part in $(seq 0 9); do
  step "swarm-$part" proof "proof swarm --first $((part * 27600)) --count 27600"
done
step pairs proof "pairs"
step worlds proof "proof worlds --count 512"
step determinism proof "proof determinism --count 10000"
step orders till "stories i14"
step races proof "proof races --count 1000000"
step speed proof "proof speed --count 400"
step power-loss storage "storage power-loss --points 100000"
step disk-faults storage "storage disk-faults --count 10000"
step tampering storage "storage tampering --edits 10000"
step storage-days storage "storage days --count 300"
step storage-speed storage "storage speed --count 120"
step kills processes "processes kills --points 400"
step instances processes "processes instances --starts 10000"
step window-kills window "window_kills 20"
step hostile sources "tests/hostile/run.sh"
step planted sources "tests/planted/run.sh"

wanted=" ${*:-${names[*]}} "
proof() { (cd src-tauri/simulator && "$proof_binary" "$@"); }
# All swarms together; they go first.
pairs() { cat "$kept"/swarm-*-"${keys[proof]}.log" | proof pairs; }
storage() { (cd src-tauri/engine && "$storage_binary" "$@"); }
processes() { (cd src-tauri/engine && "$processes_binary" "$@"); }
stories() { (cd src-tauri/simulator && CHAOS_ORDERS=6 "$till_binary" "$@"); }
# The window is the one that every check drives: built as there, or all of Tauri would be compiled once more. The far end that it
# starts is another package's, so all of them are built.
window_kills() {
  cargo test -q --workspace --features custom-protocol --no-run || return 1
  WINDOW_KILLS=$1 .ci/with-desktop cargo test -q --workspace --features custom-protocol --test window -- --nocapture killed |
    grep -v '^test result'
}

echo "Building (profile proof) …" >&2
declare -A keys
keys[sources]=$(git ls-files -z -- Cargo.lock Cargo.toml src-tauri tests | xargs -0 sha256sum | sha256sum | cut -c1-12)
keys[window]=$(git ls-files -z -- Cargo.lock Cargo.toml src-tauri ui tests/window | xargs -0 sha256sum | sha256sum | cut -c1-12)
# All in one build, so that what they share is compiled once; tests/hostile/run.sh asks for the same.
built=$(cargo test --profile proof -p checkstand-simulator -p checkstand-engine -p checkstand-hostile \
  --test proof --test till --test storage --test processes --test hostile --no-run --message-format=json) ||
  { echo "it does not build" >&2; exit 1; }
for name in proof till storage processes; do
  path=$(sed -n "s/.*\"name\":\"$name\".*\"executable\":\"\([^\"]*\)\".*/\1/p" <<< "$built" | tail -1)
  printf -v "${name}_binary" %s "$path"
  keys[$name]=$(sha256sum < "$path" | cut -c1-12)
done

log_of() { echo "$kept/${names[$1]}-${keys[${whats[$1]}]}.log"; } # index

run() { # index
  local name=${names[$1]} log begin=$SECONDS
  log=$(log_of "$1")
  # What is put together of others is put together anew.
  [ "$name" != pairs ] || rm -f "$log"
  if [ -f "$log" ]; then return; fi
  echo "== $name ($(($1 + 1)) of ${#names[@]})" >&2
  # shellcheck disable=SC2086 — a step is a command and its arguments.
  if ${commands[$1]} > "$log.part"; then
    echo "took $((SECONDS - begin)) s" >> "$log.part"
    mv "$log.part" "$log"
  else
    echo "== $name failed:" >&2
    cat "$log.part" >&2
    return 1
  fi
}

# Steps that mostly wait, for a disk or a far end, run beside those that calculate; what measures a time runs alone.
waiting=" kills instances " alone=" speed storage-speed window-kills "
began=$SECONDS failed=0 beside=""

lane() { # whether its steps wait
  local index name waits
  for index in "${!names[@]}"; do
    name=${names[$index]}
    [[ "$wanted" == *" $name "* ]] || continue
    if [[ "$waiting" == *" $name "* ]]; then waits=yes; else waits=no; fi
    [ "$waits" = "$1" ] || continue
    [[ "$alone" != *" $name "* ]] || finish_waiting
    run "$index" || failed=1
  done
}

finish_waiting() {
  [ -z "$beside" ] || wait "$beside" || failed=1
  beside=""
}

# Who stops this stops what it started, too: a job in the background does not hear the keyboard.
trap 'trap - TERM; kill 0' INT TERM
(lane yes; exit "$failed") &
beside=$!
lane no
finish_waiting

for index in "${!names[@]}"; do
  name=${names[$index]}
  [[ "$wanted" == *" $name "* ]] || continue
  log=$(log_of "$index")
  if [ -f "$log" ]; then
    took=$(sed -n 's/^took //p' "$log")
    printf '%-14s %7s  %s\n' "$name" "$took" "$(grep -E '^(swarm|pairs|worlds|determinism|races|speed|power-loss|disk-faults|tampering|days|kills|instances|window|test result|[0-9]+ planted|[0-9]{2,} passed)' "$log" | tail -1)"
  else
    printf '%-14s %s\n' "$name" "not done"
  fi
done
printf '%-14s %5d s  %s\n' "this run" $((SECONDS - began)) "without building"
[ "$failed" -eq 0 ]
