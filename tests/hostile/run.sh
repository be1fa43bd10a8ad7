#!/usr/bin/env bash
# Ten million messages through every parser and a million to every till that waits for an answer, two of them at a time on two
# cores. First libFuzzer, where coverage says which bytes are kept and changed further; then, from all that was found, messages by
# chance through the same functions without the cost of coverage, until the number is reached. Every message is measured.
#
# What each printed is kept, so that a run that was stopped goes on where it was; another binary begins anew. What was
# found to reach something new stays for the next run.
#
#   tests/hostile/run.sh [--runs N] [--waiting N] [--guided N] [--days N] [--jobs J] [PARSER…]
#   tests/hostile/run.sh --keep [PARSER…]      chooses anew which messages are committed, from all that were found
#   tests/hostile/run.sh --list
#
# It wants a C++ compiler, and nothing that stable Rust does not have.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=tests/hostile
target=${CARGO_TARGET_DIR:-$PWD/target}
runs=10000000 waiting=1000000 guided=300000 days=5000 jobs=$(nproc 2> /dev/null || echo 2) keep="" list="" asked=()
# The most that is committed of a parser: the smallest files first.
files_max=120
while [ $# -gt 0 ]; do
  case "$1" in
    --runs) runs=$2; shift 2 ;;
    --waiting) waiting=$2; shift 2 ;;
    --guided) guided=$2; shift 2 ;;
    --days) days=$2; shift 2 ;;
    --jobs) jobs=$2; shift 2 ;;
    --keep) keep=yes; shift ;;
    --list) list=yes; shift ;;
    -*) echo "unknown option $1" >&2; exit 2 ;;
    *) asked+=("$1"); shift ;;
  esac
done

# ---- the binaries ----------------------------------------------------------------------------------------------------

# What cargo-fuzz asks of the compiler, in words that stable Rust takes. With a target of their own they spare build scripts.
flags="-Cpasses=sancov-module"
for flag in level=4 inline-8bit-counters pc-table trace-compares; do
  flags+=" -Cllvm-args=-sanitizer-coverage-$flag"
done
flags+=" -Ccodegen-units=1 --cfg fuzzing"
triple=$(rustc -vV | sed -n 's/^host: //p')
echo "Building (profile proof, with coverage) …" >&2
RUSTFLAGS="$flags" CARGO_TARGET_DIR="$target/fuzz" cargo build -q --profile proof --target "$triple" \
  -p checkstand-hostile --features fuzz --bin hostile-fuzz
fuzz="$target/fuzz/$triple/proof/hostile-fuzz"
if [ -z "$list$keep" ]; then
  # The same build as that of tests/proof/run.sh.
  plain=$(cargo test -q --profile proof -p checkstand-simulator -p checkstand-engine -p checkstand-hostile \
    --test proof --test till --test storage --test processes --test hostile --no-run --message-format=json 2> /dev/null |
    sed -n 's/.*"name":"hostile".*"executable":"\([^"]*\)".*/\1/p' | tail -1)
fi

mapfile -t names < <(HOSTILE_PARSER=list "$fuzz" 2> /dev/null)
[ -z "$list" ] || { printf '%s\n' "${names[@]}"; exit 0; }
for name in "${asked[@]}"; do
  [[ " ${names[*]} " == *" $name "* ]] || { echo "$name is none of the parsers: ${names[*]}" >&2; exit 2; }
done
[ "${#asked[@]}" -eq 0 ] || names=("${asked[@]}")

# What is shown is shown of these binaries.
kept="$target/proof-results/hostile-$(cat "$fuzz" ${plain:+"$plain"} | sha256sum | cut -c1-12)"
found="$target/hostile/found" work="$target/hostile/work"
mkdir -p "$kept" "$found" "$work"

begin() { # name; its seeds, the dictionary and its length
  mkdir -p "$found/$1" "$work/$1/seeds"
  HOSTILE_PARSER=$1 HOSTILE_BEGIN="$work/$1" "$fuzz" -runs=0 "$work/$1/seeds" > /dev/null 2>&1
}

folders() { # name; where its messages lie
  local folder
  for folder in "$found/$1" "$here/corpus/$1" "$work/$1/seeds"; do [ ! -d "$folder" ] || echo "$folder"; done
}

# ---- keep ------------------------------------------------------------------------------------------------------------

keep_best() { # name
  local chosen="$work/$1/chosen" all file
  begin "$1"
  rm -rf "$chosen"
  mkdir -p "$chosen"
  mapfile -t all < <(folders "$1")
  HOSTILE_PARSER=$1 "$fuzz" -merge=1 -max_len="$(cat "$work/$1/length")" "$chosen" "${all[@]}" > "$work/$1/merge.log" 2>&1
  rm -rf "$here/corpus/$1"
  mkdir -p "$here/corpus/$1"
  find "$chosen" -type f -size +0 -printf '%s %p\n' | sort -n | head -"$files_max" | cut -d' ' -f2- | while read -r file; do
    cp "$file" "$here/corpus/$1/$(basename "$file" | cut -c1-12)"
  done
  echo "$1: $(find "$here/corpus/$1" -type f | wc -l) of $(find "$chosen" -type f | wc -l) messages" >&2
}
if [ -n "$keep" ]; then
  for name in "${names[@]}"; do keep_best "$name"; done
  exit 0
fi

# ---- run -------------------------------------------------------------------------------------------------------------

wanted_of() { # name; how many messages, or days of several
  case "$1" in
    day) echo "$days" ;;
    waiting-*) echo "$waiting" ;;
    *) echo "$runs" ;;
  esac
}

run() { # name; its line goes to the kept file, what went wrong to standard error
  local name=$1 wanted first=$guided all guided_runs micros bytes
  wanted=$(wanted_of "$name")
  [ "$name" != day ] || first=$((days / 2))
  begin "$name"
  rm -f "$work/$name/figures"
  mapfile -t all < <(folders "$name")
  # The figures are written each thousand, and are those of the executions that they name: a few more than asked for.
  if ! HOSTILE_PARSER=$name HOSTILE_FIGURES="$work/$name/figures" "$fuzz" "${all[@]}" \
    -runs=$((first + 2000)) -seed=1 -max_len="$(cat "$work/$name/length")" -dict="$work/$name/words" \
    -rss_limit_mb=2048 -timeout=60 -artifact_prefix="$work/$name/failed-" > "$work/$name/log" 2>&1; then
    echo "$name: FAILED under libFuzzer, see $work/$name/log" >&2
    grep -aE -A2 'panicked at|^SUMMARY|ERROR: libFuzzer|Test unit written' "$work/$name/log" | head -20 >&2
    return 1
  fi
  read -r guided_runs micros bytes < "$work/$name/figures"
  printf '%s: %d guided, worst %d.%d ms, worst extra %d KiB, %d messages kept\n' "$name" "$guided_runs" \
    $((micros / 1000)) $((micros % 1000 / 100)) $((bytes / 1024)) "$(find "$found/$name" -type f | wc -l)" >&2
  if "$plain" "$name" --alone --count $((wanted - guided_runs)) --also "$found" --time-ms 100 > "$work/$name/line"; then
    mv "$work/$name/line" "$kept/$name.$wanted"
  else
    cat "$work/$name/line" >&2
    return 1
  fi
}

todo=()
for name in "${names[@]}"; do
  wanted=$(wanted_of "$name")
  rm -rf "$work/$name/figures" "$work/$name/taken"
  [ -f "$kept/$name.$wanted" ] || todo+=("$name")
done
echo "${#todo[@]} of ${#names[@]} parsers to run, $jobs at a time" >&2
# Who stops this stops what it started, too: a job in the background does not hear the keyboard.
trap 'trap - TERM; kill 0' INT TERM
pids=()
for job in $(seq "$jobs"); do
  (
    # Whoever is free takes the next.
    for name in "${todo[@]}"; do
      mkdir -p "$work/$name"
      mkdir "$work/$name/taken" 2> /dev/null || continue
      echo "== $name" >&2
      run "$name" || true
    done
  ) &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done
for name in "${todo[@]}"; do rmdir "$work/$name/taken" 2> /dev/null || true; done

passed=0
for name in "${names[@]}"; do
  wanted=$(wanted_of "$name")
  if [ -f "$kept/$name.$wanted" ]; then
    cat "$kept/$name.$wanted"
    passed=$((passed + 1))
  else
    echo "$name: not shown"
  fi
done
echo "$passed passed, $((${#names[@]} - passed)) failed"
[ "$passed" -eq "${#names[@]}" ]
