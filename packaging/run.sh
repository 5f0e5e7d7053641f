#!/bin/sh
# Opens the booth on simulated cameras; where there is no display, runs five items offscreen.
set -eu
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec .venv/bin/booth run
fi
exec .venv/bin/booth run --offscreen --items 5 --out out
