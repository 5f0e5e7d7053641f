#!/usr/bin/env bash
# All tests, in two processes at once: most of them wait for clocks and devices more than they compute.
set -uo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
first=(tests/calibration tests/journey tests/models tests/ui tests/workbench tests/identify tests/evaluate)
others=()
for path in tests/*/ tests/test_*.py; do
  path=${path%/}
  case " ${first[*]} tests/__pycache__ " in *" $path "*) ;; *) others+=("$path") ;; esac
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$python" -m pytest --durations=15 "${first[@]}" >"$log" 2>&1 &
apart=$!
"$python" -m pytest --durations=15 "${others[@]}"
failed=$?
wait "$apart"
failed_apart=$?
cat "$log"
exit $((failed > failed_apart ? failed : failed_apart))
