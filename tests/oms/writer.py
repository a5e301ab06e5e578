"""A process that appends to a journal until it is killed or cannot, and tells each durable seq.

python -m tests.oms.writer /tmp/day.db [BYTES]: no file may grow beyond so many bytes.
"""

import resource
import signal
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path

from oms.core import records as r
from oms.journal import Journal, JournalError, Turn

CHECKPOINT_EVERY = 40


def main(path: Path, bytes_max: int | None) -> int:
    if bytes_max is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails instead
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max))
    try:
        journal = Journal.open(path)
        number = 0
        while True:
            number += 1
            failed = r.QueryFailed(at_ns=number, query="balance", error="Odd", text="x" * 200)
            counted = r.QueryCounted(at_ns=number, query="balance", error="Odd", text="x" * 200)
            journal.append([Turn(failed, [counted])])
            sys.stdout.write(f"{journal.last_seq}\n")
            sys.stdout.flush()
            if number % CHECKPOINT_EVERY == 0:
                with suppress(sqlite3.Error):  # a full disk: commits may still fit
                    journal.checkpoint()
    except JournalError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None))
