#!/usr/bin/env bash
# Plants known bugs, one at a time, in a scratch copy of the sources, and asks the tests to find them.
# A bug that survives, a patch that no longer applies, and a patch that does not compile all fail the run.
#
#   tests/planted/run.sh [--ci] [--some N] [--only NN[|NN…]] [--jobs J]
#
# --ci       the patches that run with every check     --only NN   the patches of these numbers
# --some N   the first N of them                       --jobs J    as many scratch copies; one a core, at most 4
#
# A patch begins with lines of its own:
#   Subject:   the rule that it breaks
#   Found-by:  chaos    the seeds must find it; without this line any test will do, and the stories go first
#   Filter:    a::b c   parts of the names of those tests that should find it; the others follow where they do not
#   Tests:     engine   a bug of the engine, to be found by those of its unit tests; without this line it is one of core
#              hostile  a bug that hostile bytes must find; Filter then names parsers of tests/hostile
#   Ci:        yes      runs with every check
#
# Everything happens in planted/ below the target folder; the sources are only read.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch="${CARGO_TARGET_DIR:-$root/target}/planted"
# Seeds are tried in growing helpings, so that a bug that is found soon is found fast.
helpings="${CHAOS_HELPINGS:-30 300 1500}"
# Stories that take longer than all others together; they go last.
slow_stories=multipay::confluence
test_seconds_max=300
jobs_max=4

ci="" some=0 only="" jobs=$(nproc 2>/dev/null || echo 2)
[ "$jobs" -le "$jobs_max" ] || jobs=$jobs_max
while [ $# -gt 0 ]; do
  case "$1" in
    --ci) ci=yes; shift ;;
    --some) some=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    *) echo "unknown option $1" >&2; exit 2 ;;
  esac
done

header() { sed -n "/^---/q; s/^$2: *//p" "$1" | head -1; } # patch, name

patches=()
for patch in "$here"/[0-9][0-9]-*.patch; do
  [ -z "$only" ] || [[ $(basename "$patch") =~ ^($only)- ]] || continue
  [ -z "$ci" ] || [ "$(header "$patch" Ci)" = yes ] || continue
  [ "$some" -eq 0 ] || [ "${#patches[@]}" -lt "$some" ] || break
  patches+=("$patch")
done
[ "${#patches[@]}" -gt 0 ] || { echo "no patch to plant" >&2; exit 2; }
[ "$jobs" -le "${#patches[@]}" ] || jobs=${#patches[@]}

# ---- scratch copies --------------------------------------------------------------------------------------------------

# The workspace without the window, made to be built often: hardly optimised, and not to be debugged.
scratch_manifest() {
  awk '
    /^\[/ { section = $0; keep = section ~ /^\[(workspace|profile\.dev)/ }
    section == "[workspace]" && /^(default-)?members/ { skipping = 1 }
    skipping { if (/\]/) skipping = 0; next }
    section == "[profile.dev]" { sub(/^debug = .*/, "debug = false") }
    section ~ /checkstand-(core|simulator)/ { sub(/^opt-level = .*/, "opt-level = 1") }
    section ~ /libsqlite3-sys/ { sub(/^opt-level = .*/, "opt-level = 1") }
    keep { print }
    $0 == "[workspace]" { print "members = [\"src-tauri/core\", \"src-tauri/simulator\", \"src-tauri/engine\", \"tests/hostile\"]" }
  ' "$root/Cargo.toml"
}

# Only what differs is copied, so that nothing is built again for nothing.
copy_sources() { # where to
  local fresh="$1.fresh" file
  rm -rf "$fresh"
  mkdir -p "$fresh/src-tauri" "$1"
  cp -R "$root/src-tauri/core" "$root/src-tauri/simulator" "$root/src-tauri/engine" "$fresh/src-tauri/"
  cp -R "$root/tests" "$root/benches" "$root/Cargo.lock" "$root/rust-toolchain.toml" "$fresh/"
  scratch_manifest > "$fresh/Cargo.toml"
  (cd "$1" && find . -type f) | while read -r file; do [ -e "$fresh/$file" ] || rm "$1/$file"; done
  (cd "$fresh" && find . -type f) | while read -r file; do
    cmp -s "$fresh/$file" "$1/$file" || { mkdir -p "$(dirname "$1/$file")" && cp "$fresh/$file" "$1/$file"; }
  done
  rm -rf "$fresh"
}

# Builds the tests of the copy and prints the path of the binary.
build() { # copy, room, log
  local package
  case "$2" in
    till) package=(-p checkstand-simulator --test till) ;;
    engine) package=(-p checkstand-engine --lib) ;;
    hostile) package=(-p checkstand-hostile --test hostile) ;;
  esac
  (cd "$1" && CARGO_TARGET_DIR="$scratch/build-${1##*-}" cargo test --no-run "${package[@]}" 2>&1) > "$3" || return 1
  sed -n 's/.*Executable .*(\(.*\))$/\1/p' "$3" | tail -1
}

run_tests() { # copy, binary, log, arguments of the test binary...
  local copy=$1 binary=$2 log=$3
  shift 3
  case "$binary" in /*) ;; *) binary="$copy/$binary" ;; esac
  (cd "$copy/src-tauri/simulator" && timeout "$test_seconds_max" "$binary" "$@") > "$log" 2>&1
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }
seconds() { printf '%d.%d' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# ---- the hunt --------------------------------------------------------------------------------------------------------

# Each of these sets `by` to itself and `how` to what it found; they stay empty where nothing was found. What fails
# without the bug, too, finds nothing, and is told by `unsound`.
by_chaos() { # copy, binary, log stem
  local seeds begin took seed
  for seeds in $helpings; do
    begin=$(now_ms)
    ! CHAOS_SEEDS=$seeds run_tests "$1" "$2" "$3-chaos.log" chaos:: --nocapture || continue
    took=$(($(now_ms) - begin))
    seed=$(sed -n 's/^.*seed \([0-9]*\)\(:\| panicked\).*$/\1/p' "$3-chaos.log" | head -1)
    [ -n "$seed" ] || return 0
    if CHAOS_SEED=$seed run_tests "$1" "$scratch/sound-till" "$3-sound.log" chaos::; then
      by=chaos how="chaos, seed $seed of $seeds, $(seconds "$took") s"
    else
      unsound="seed $seed"
    fi
    return 0
  done
}

by_tests() { # whose, room, copy, binary, log, arguments of the test binary...
  local whose=$1 room=$2 copy=$3 log=$5 begin took first
  begin=$(now_ms)
  ! run_tests "$copy" "$4" "$log" "${@:6}" || return 0
  took=$(($(now_ms) - begin))
  first=$(sed -n 's/^test \(.*\) \.\.\. FAILED$/\1/p' "$log" | head -1)
  [ -n "$first" ] || return 0
  if run_tests "$copy" "$scratch/sound-$room" "${log%.log}-sound.log" --exact "$first"; then
    by=$whose how="$(grep -c '^test .* FAILED$' "$log") of the $whose ($first), $(seconds "$took") s"
  else
    unsound=$first
  fi
}

by_stories() { # copy, binary, log stem, filters...
  [ $# -eq 3 ] || by_tests stories till "$1" "$2" "$3-stories.log" "${@:4}"
  [ -n "$by$unsound" ] ||
    by_tests stories till "$1" "$2" "$3-stories.log" --skip chaos:: --skip tidy:: --skip "$slow_stories"
  [ -n "$by$unsound" ] || by_tests stories till "$1" "$2" "$3-slow.log" "$slow_stories"
}

by_units() { by_tests units engine "$1" "$2" "$3-units.log" "${@:4}"; } # copy, binary, log stem, filters...

by_hostile() { # copy, binary, log stem, parsers...
  local begin took first
  begin=$(now_ms)
  ! run_tests "$1" "$2" "$3-hostile.log" "${@:4}" || return 0
  took=$(($(now_ms) - begin))
  first=$(sed -n 's/^\([a-z-]*\): exit status.*$/\1/p' "$3-hostile.log" | head -1)
  [ -n "$first" ] || return 0
  if run_tests "$1" "$scratch/sound-hostile" "$3-sound.log" "$first"; then
    by=hostile how="hostile bytes ($first), $(seconds "$took") s"
  else
    unsound=$first
  fi
}

# The likeliest finder goes first, and the first that finds it ends the hunt.
hunt() { # patch, copy, binary, log stem
  local filters
  by="" how="" unsound=""
  read -ra filters <<< "$(header "$1" Filter)"
  case "$(room_of "$1") $(header "$1" Found-by)" in
    engine*) by_units "${@:2}" "${filters[@]}" ;;
    hostile*) by_hostile "${@:2}" "${filters[@]}" ;;
    *chaos)
      by_chaos "${@:2}"
      [ -n "$by$unsound" ] || by_stories "${@:2}"
      ;;
    *)
      by_stories "${@:2}" "${filters[@]}"
      [ -n "$by$unsound" ] || by_chaos "${@:2}"
      ;;
  esac
}

room_of() { # patch; prints whose tests look for it
  local tests
  tests=$(header "$1" Tests)
  echo "${tests:-till}"
}

plant() { # patch, copy; prints one line and fails where the bug survives
  local patch=$1 copy=$2 name log binary wanted begin built
  name=$(basename "$patch" .patch)
  log="$scratch/logs/$name"
  wanted=$(header "$patch" Found-by)
  if ! (cd "$copy" && patch -p1 -s --dry-run < "$patch") > "$log-patch.log" 2>&1; then
    echo "STALE     $name: no longer applies, see ${log#"$root"/}-patch.log"
    return 1
  fi
  (cd "$copy" && patch -p1 -s --no-backup-if-mismatch < "$patch")
  local verdict=1
  begin=$(now_ms)
  if binary=$(build "$copy" "$(room_of "$patch")" "$log-build.log") && [ -n "$binary" ]; then
    built="built in $(seconds $(($(now_ms) - begin))) s"
    hunt "$patch" "$copy" "$binary" "$log"
    if [ -n "$unsound" ]; then
      echo "UNSOUND   $name: $unsound fails without the bug, too"
    elif [ -z "$how" ]; then
      echo "SURVIVED  $name: $(header "$patch" Subject)"
    elif [ -n "$wanted" ] && [ "$by" != "$wanted" ]; then
      echo "MISSED    $name: must be found by $wanted, found by $how"
    else
      echo "found     $name: $how; $built"
      verdict=0
    fi
  else
    echo "BROKEN    $name: does not compile, see ${log#"$root"/}-build.log"
  fi
  (cd "$copy" && patch -p1 -s -R --no-backup-if-mismatch < "$patch")
  return "$verdict"
}

# What all copies have in common is built once, and what is found is compared with what nothing was planted in.
build_sound() { # room
  local binary log="$scratch/logs/sound-$1-build.log"
  binary=$(build "$scratch/copy-1" "$1" "$log") || { cat "$log" >&2; exit 1; }
  cp "$binary" "$scratch/sound-$1"
}

begin_all=$(now_ms)
mkdir -p "$scratch/logs"
for job in $(seq "$jobs"); do copy_sources "$scratch/copy-$job"; done
for room in $(for patch in "${patches[@]}"; do room_of "$patch"; done | sort -ru); do build_sound "$room"; done
for job in $(seq 2 "$jobs"); do
  for part in .fingerprint build deps; do
    mkdir -p "$scratch/build-$job/debug/$part"
    # What is there already stays; some versions of cp call that a failure.
    cp -Rn --preserve=timestamps "$scratch/build-1/debug/$part/." "$scratch/build-$job/debug/$part" || true
  done
done
echo "sound sources built in $(seconds $(($(now_ms) - begin_all))) s"

rm -rf "$scratch/taken"
mkdir "$scratch/taken"
pids=()
for job in $(seq "$jobs"); do
  (
    failed=0
    # Whoever is free takes the next.
    for patch in "${patches[@]}"; do
      mkdir "$scratch/taken/$(basename "$patch")" 2> /dev/null || continue
      plant "$patch" "$scratch/copy-$job" || failed=$((failed + 1))
    done
    exit "$failed"
  ) &
  pids+=($!)
done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + $?)); done

echo "${#patches[@]} planted, $((${#patches[@]} - failed)) found, in $(seconds $(($(now_ms) - begin_all))) s"
[ "$failed" -eq 0 ]
