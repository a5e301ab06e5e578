"""The secret scan of `kst test`, on the files named on the command line (for pre-commit)."""

import sys
from pathlib import Path

from fleet.checks import secret_scan

if __name__ == "__main__":
    sys.exit(secret_scan([Path(name).resolve() for name in sys.argv[1:]]))
