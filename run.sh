#!/usr/bin/env bash
# The one way to install, show, check, test and run Vigie. Works from any directory.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
VENV="$ROOT/.venv"
STATE="$ROOT/.vigie"
STAMP="$VENV/.vigie-installed"
NEED_MB=1500 # the environment takes about 1.1 GB with its download cache

say() { printf '%s\n' "$*" >&2; }
die() {
  say "run.sh: $*"
  exit 2
}

usage() {
  cat <<'TEXT'
usage: ./run.sh COMMAND [ARGUMENTS]

  install            make .venv from the pinned requirements (every other command does it when needed)
  demo [--keep] [--seed N]
                     show the whole pipeline at work on a sample web, on this machine alone
  check              lint, formatting, types, and the configuration files that tools can validate
  test [quick|full]  quick: lint, types and everything that needs no real server (under 2 minutes)
                     full (default): the same, then the tests on real Kafka, Elasticsearch, Prometheus
  bench              figures of detection on the development corpus, and speed
  up                 start embedded servers and every role in the background, sources from connectors/sources.toml
  down               stop what `up` started
  help               this text

Python 3.11 or newer is needed; PYTHON=/path/to/python chooses one.
TEXT
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# Print the first Python that is new enough. 3.11 comes first: the requirements were pinned with it.
find_python() {
  local candidate seen=""
  if [[ -n "${PYTHON:-}" ]]; then
    command -v "$PYTHON" >/dev/null 2>&1 || die "PYTHON=$PYTHON is not a program"
    is_new_enough "$PYTHON" ||
      die "PYTHON=$PYTHON is $("$PYTHON" -V 2>&1 || true), and 3.11 or newer is needed"
    printf '%s' "$PYTHON"
    return
  fi
  for candidate in python3.11 python3 python3.12 python3.13 python3.14 python; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    if is_new_enough "$candidate"; then
      printf '%s' "$candidate"
      return
    fi
    seen="${seen:+$seen, }$candidate is $("$candidate" -V 2>&1 | head -n1 || true)"
  done
  die "Python 3.11 or newer is needed and was not found (${seen:-no python at all}): install it, or set PYTHON=/path/to/python3.11"
}

stamp_text() {
  # The interpreter is part of the stamp: an upgraded Python needs its libraries again.
  "$VENV/bin/python" - "$ROOT/requirements/dev.txt" "$ROOT/requirements/build.txt" "$ROOT/pyproject.toml" <<'PY'
import hashlib, pathlib, sys
digest = hashlib.sha256(sys.version.encode())
for name in sys.argv[1:]:
    digest.update(pathlib.Path(name).read_bytes())
print(digest.hexdigest(), sys.prefix)
PY
}

is_installed() {
  [[ -f "$STAMP" && -x "$VENV/bin/python" ]] && [[ "$(stamp_text 2>/dev/null)" == "$(<"$STAMP")" ]]
}

free_mb() { df -Pk "$ROOT" | awk 'NR == 2 { print int($4 / 1024) }'; }

# Run pip with its chatter in a log; show a counter on a terminal, and the end of the log when it fails.
run_pip() {
  local title="$1" log="$STATE/install.log" line count=0
  shift
  : >"$log.part"
  set +e
  "$VENV/bin/python" -m pip install --disable-pip-version-check --no-input "$@" 2>&1 |
    while IFS= read -r line; do
      printf '%s\n' "$line" >>"$log.part"
      if [[ -t 2 && "$line" == Collecting* ]]; then
        count=$((count + 1))
        printf '\r\033[K%s: %d %s' "$title" "$count" "${line#Collecting }" | cut -c1-100 | tr -d '\n' >&2
      elif [[ -t 2 && "$line" == Installing* ]]; then
        printf '\r\033[K%s: unpacking' "$title" >&2
      fi
    done
  local status="${PIPESTATUS[0]}"
  set -e
  [[ -t 2 ]] && printf '\r\033[K' >&2
  cat "$log.part" >>"$log" && rm -f "$log.part"
  if ((status != 0)); then
    tail -n 15 "$log" >&2
    (($(free_mb) < 100)) && die "$title: the disk is full: free some space and run it again"
    die "$title failed: the lines above say why; the whole log is $log. If the package index could not be reached, check pip's settings (\`pip config list\`) and run it again"
  fi
}

install() {
  is_installed && return
  mkdir -p "$STATE" || die "cannot write in $ROOT: run it from a copy of the project that you own"
  local python free
  python="$(find_python)" || exit 2
  free="$(free_mb)"
  ((free > NEED_MB)) || die "$ROOT has $free MB free and about $NEED_MB MB are needed"
  if [[ ! -x "$VENV/bin/python" ]] || ! is_new_enough "$VENV/bin/python"; then
    say "making .venv with $("$python" -V)"
    "$python" -m venv --clear "$VENV" >"$STATE/install.log" 2>&1 || {
      tail -n 5 "$STATE/install.log" >&2
      die "$python could not make an environment: on Debian or Ubuntu, install the package python3-venv"
    }
  fi
  say "installing $(grep -c '^[A-Za-z]' "$ROOT/requirements/dev.txt") pinned packages (a minute or two, once)"
  run_pip "packages" --require-hashes -r "$ROOT/requirements/build.txt" -r "$ROOT/requirements/dev.txt"
  run_pip "vigie" --no-deps --no-build-isolation -e "$ROOT"
  stamp_text >"$STAMP.part" && mv "$STAMP.part" "$STAMP"
  say "installed: $VENV/bin/vigie"
}

# The last line of a pytest log is its summary ("812 passed in 80.1s").
summary_of() { grep -E '^(=+ )?([0-9]+ (passed|failed|skipped|error|deselected)|no tests ran)' "$1" | tail -n 1; }

run_pytest() {
  local log="$1" status=0
  shift
  "$VENV/bin/python" -m pytest "$@" 2>&1 | tee "$log" || status="${PIPESTATUS[0]}"
  return "$status"
}

lint() {
  "$VENV/bin/ruff" check "$ROOT"
  "$VENV/bin/ruff" format --check "$ROOT"
  (cd "$ROOT" && "$VENV/bin/mypy")
}

check() {
  install
  lint
  bash -n "$ROOT/run.sh"
  if command -v shellcheck >/dev/null 2>&1; then shellcheck "$ROOT/run.sh"; fi
  if command -v promtool >/dev/null 2>&1; then
    promtool check rules "$ROOT"/ops/prometheus/rules/*.yml
    promtool test rules "$ROOT"/ops/prometheus/tests/*.yml
  else
    say "promtool is not here: alert rules were not checked (the full tests fetch it)"
  fi
  (cd "$ROOT" && "$VENV/bin/python" -m ops.sbom --check)
  (cd "$ROOT" && "$VENV/bin/vigie" config >/dev/null) && say "check: all well"
}

run_tests() {
  install
  local kind="full" status=0 quick real workers
  case "${1:-}" in
    quick | full)
      kind="$1"
      shift
      ;;
  esac
  [[ "${CI:-}" == "true" && " $* " != *" --require-services "* ]] && set -- "$@" --require-services
  mkdir -p "$STATE"
  quick="$STATE/test-quick.log" real="$STATE/test-real.log"
  cd "$ROOT"
  lint
  workers="$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)"
  run_pytest "$quick" -m "not real" -n "$((workers < 4 ? workers : 4))" --dist loadfile "$@" || status=$?
  if [[ "$kind" == full && "$status" == 0 ]]; then
    # These wait more than they work; each of the two has servers of its own.
    run_pytest "$real" -m real -n "$((workers < 2 ? workers : 2))" --dist loadfile "$@" || status=$?
    say "without real servers: $(summary_of "$quick")"
    summary_of "$real"
  elif [[ "$kind" == full ]]; then
    say "the tests on real servers were not run, because these failed"
    summary_of "$quick"
  fi
  return "$status"
}

bench() {
  install
  cd "$ROOT"
  mkdir -p "$STATE/bench"
  cat bench/corpus/dev/positives.jsonl bench/corpus/dev/negatives.jsonl >"$STATE/bench/dev.jsonl"
  local started=$SECONDS
  "$VENV/bin/vigie" detect "$STATE/bench/dev.jsonl" --out "$STATE/bench/dev.out.jsonl" "$@"
  say "detect: $(wc -l <"$STATE/bench/dev.jsonl") articles in $((SECONDS - started)) s, start included"
  "$VENV/bin/vigie" score "$STATE/bench/dev.jsonl" "$STATE/bench/dev.out.jsonl"
}

main() {
  local command="${1:-help}"
  (($# == 0)) || shift
  case "$command" in
    install) install && say "ready: ./run.sh demo" ;;
    demo)
      install
      exec "$VENV/bin/vigie" demo "$@"
      ;;
    check) check ;;
    test) run_tests "$@" ;;
    bench) bench "$@" ;;
    up | down)
      install
      exec "$VENV/bin/python" -m desk.demo.background "$command" --state "$STATE/up" "$@"
      ;;
    help | -h | --help) usage ;;
    *)
      usage >&2
      die "no command named $command"
      ;;
  esac
}

main "$@"
