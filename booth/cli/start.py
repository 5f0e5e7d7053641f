"""Where the `booth` command starts: an interrupt while the rest is still loading is no traceback either."""

import sys


def main() -> None:
    """Load the command line and run it."""
    try:
        from booth.cli.main import main as run
    except KeyboardInterrupt:
        print("booth: stopped", file=sys.stderr)
        sys.exit(130)
    run()
