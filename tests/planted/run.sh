#!/usr/bin/env bash
# Plants known bugs, one at a time, in a scratch copy of the core, and asks the tests to find them.
# A bug that survives, a patch that no longer applies, and a patch that does not compile all fail the run.
#
#   tests/planted/run.sh [--some N] [--only NN[|NN…]] [--jobs J]
#
# --some N   the first N patches       --only NN   the patches of these numbers   --jobs J   so many scratch copies at a time
#
# A patch begins with "Subject:", the rule it breaks. "Found-by: chaos" says that the seeds must find it; without that
# line any test will do. Everything happens in planted/ below the target folder; the sources are only read.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch="${CARGO_TARGET_DIR:-$root/target}/planted"
# Seeds are tried in growing helpings, so that a bug that is found soon is found fast.
helpings="${CHAOS_HELPINGS:-30 300 1500}"
test_seconds_max=300

some=0 only="" jobs=1
while [ $# -gt 0 ]; do
  case "$1" in
    --some) some=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
  esac
done

patches=()
for patch in "$here"/[0-9][0-9]-*.patch; do
  [ -z "$only" ] || [[ $(basename "$patch") =~ ^($only)- ]] || continue
  [ "$some" -eq 0 ] || [ "${#patches[@]}" -lt "$some" ] || break
  patches+=("$patch")
done
[ "${#patches[@]}" -gt 0 ] || { echo "no patch to plant" >&2; exit 2; }

# The workspace without the packages that are not needed here.
trimmed_manifest() {
  awk '
    /^\[/ { section = $0; keep = section ~ /^\[(workspace|profile)/ }
    section == "[workspace]" && /^(default-)?members/ { skipping = 1 }
    skipping { if (/\]/) skipping = 0; next }
    keep { print }
    $0 == "[workspace]" { print "members = [\"src-tauri/core\", \"src-tauri/simulator\"]" }
  ' "$root/Cargo.toml"
}

copy_sources() { # where to
  rm -rf "$1"
  mkdir -p "$1/src-tauri"
  cp -R "$root/src-tauri/core" "$root/src-tauri/simulator" "$1/src-tauri/"
  cp -R "$root/tests" "$1/tests"
  cp "$root/Cargo.lock" "$root/rust-toolchain.toml" "$1/"
  trimmed_manifest > "$1/Cargo.toml"
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }
seconds() { printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# Builds the tests of the copy and prints the path of the binary.
build() { # copy, log
  (cd "$1" && CARGO_TARGET_DIR="$scratch/build" cargo test --no-run -p checkstand-simulator --test till 2>&1) > "$2" || return 1
  sed -n 's/.*Executable .*(\(.*\))$/\1/p' "$2" | tail -1
}

run_tests() { # copy, binary, log, arguments of the test binary...
  local copy=$1 binary=$2 log=$3
  shift 3
  case "$binary" in /*) ;; *) binary="$copy/$binary" ;; esac
  (cd "$copy/src-tauri/simulator" && timeout "$test_seconds_max" "$binary" "$@") > "$log" 2>&1
}

# Each of the two adds to `how` what it found, and itself to `by`; they stay empty where nothing was found.
by_chaos() { # copy, binary, log stem, seeds
  local begin took seed
  begin=$(now_ms)
  ! CHAOS_SEEDS=$4 run_tests "$1" "$2" "$3-chaos.log" chaos:: --nocapture || return 0
  took=$(($(now_ms) - begin))
  seed=$(sed -n 's/^.*seed \([0-9]*\)\(:\| panicked\).*$/\1/p' "$3-chaos.log" | head -1)
  [ -n "$seed" ] || return 0
  by="$by chaos"
  how="${how:+$how; }chaos, seed $seed of $4, $(seconds "$took") s"
}

by_stories() { # copy, binary, log stem
  local begin took first
  begin=$(now_ms)
  ! run_tests "$1" "$2" "$3-stories.log" --skip chaos:: --skip tidy:: || return 0
  took=$(($(now_ms) - begin))
  first=$(sed -n 's/^test \(.*\) \.\.\. FAILED$/\1/p' "$3-stories.log" | head -1)
  [ -n "$first" ] || return 0
  by="$by stories"
  how="${how:+$how; }$(grep -c '^test .* FAILED$' "$3-stories.log") stories ($first), $(seconds "$took") s"
}

# A few seeds, the stories, and then more seeds as long as the bug is not found by whom it should be.
hunt() { # copy, binary, log stem, wanted
  local seeds
  how="" by=""
  for seeds in $helpings; do
    by_chaos "$1" "$2" "$3" "$seeds"
    [ "$seeds" != "${helpings%% *}" ] || by_stories "$1" "$2" "$3"
    if found_by "$4"; then return 0; fi
  done
}

found_by() { # wanted; anybody where it is empty
  if [ -n "$1" ]; then [[ " $by " == *" $1 "* ]]; else [ -n "$by" ]; fi
}

plant() { # patch, copy; prints one line and fails where the bug survives
  local patch=$1 copy=$2 name log binary wanted subject
  name=$(basename "$patch" .patch)
  log="$scratch/logs/$name"
  subject=$(sed -n 's/^Subject: //p' "$patch" | head -1)
  wanted=$(sed -n 's/^Found-by: //p' "$patch" | head -1)
  if ! (cd "$copy" && patch -p1 -s --dry-run < "$patch") > "$log-patch.log" 2>&1; then
    echo "STALE     $name: no longer applies, see ${log#"$root"/}-patch.log"
    return 1
  fi
  (cd "$copy" && patch -p1 -s --no-backup-if-mismatch < "$patch")
  local verdict=0
  if binary=$(build "$copy" "$log-build.log") && [ -n "$binary" ]; then
    hunt "$copy" "$binary" "$log" "$wanted"
    if [ -z "$how" ]; then
      echo "SURVIVED  $name: $subject"
      verdict=1
    elif ! found_by "$wanted"; then
      echo "MISSED    $name: must be found by $wanted, found by $how"
      verdict=1
    else
      echo "found     $name: $how"
    fi
  else
    echo "BROKEN    $name: does not compile, see ${log#"$root"/}-build.log"
    verdict=1
  fi
  (cd "$copy" && patch -p1 -s -R --no-backup-if-mismatch < "$patch")
  return "$verdict"
}

mkdir -p "$scratch/logs"
for job in $(seq "$jobs"); do copy_sources "$scratch/copy-$job"; done

# A test that fails on the sound core finds nothing.
begin_all=$(now_ms)
sound=$(build "$scratch/copy-1" "$scratch/logs/sound-build.log") || { cat "$scratch/logs/sound-build.log" >&2; exit 1; }
log="$scratch/logs/sound"
if ! run_tests "$scratch/copy-1" "$sound" "$log-stories.log" --skip chaos:: --skip tidy:: ||
  ! CHAOS_SEEDS=${helpings##* } run_tests "$scratch/copy-1" "$sound" "$log-chaos.log" chaos:: --nocapture; then
  echo "the core fails without a planted bug, see ${log#"$root"/}-*.log:" >&2
  grep -h -E '^(test .* FAILED|seed [0-9]+)' "$log"-*.log >&2 || true
  exit 1
fi

pids=()
for job in $(seq "$jobs"); do
  (
    failed=0
    for index in "${!patches[@]}"; do
      [ $((index % jobs)) -eq $((job - 1)) ] || continue
      plant "${patches[$index]}" "$scratch/copy-$job" || failed=$((failed + 1))
    done
    exit "$failed"
  ) &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + $?)); done

echo "${#patches[@]} planted, $((${#patches[@]} - failed)) found, in $(seconds $(($(now_ms) - begin_all))) s"
[ "$failed" -eq 0 ]
