"""`kst test`: every check of the house, in the order in which they are cheap to fail."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
_BIN = Path(sys.executable).parent

# What looks like a key, a token or a private key. Broker keys are 36 and 180 characters long.
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|"
    r"(?:APP_?KEY|APP_?SECRET|PASSWORD|TOKEN)\s*[=:]\s*['\"]?[A-Za-z0-9+/]{30,}|"
    r"AIza[0-9A-Za-z_-]{35}|eyJ[A-Za-z0-9_-]{30,}\.[A-Za-z0-9_-]{20,}"
)


@dataclass(frozen=True)
class Check:
    """One check: a name and what runs it. It returns an exit code."""

    name: str
    run: Callable[[], int]


def _command(*words: str) -> Callable[[], int]:
    return lambda: subprocess.run(words, cwd=ROOT, check=False).returncode


def tracked_files() -> list[Path]:
    """Return the files git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def secret_scan(files: Sequence[Path] | None = None) -> int:
    """Return 1 when a file holds what looks like a secret, naming file and line."""
    found = 0
    for file in tracked_files() if files is None else files:
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if SECRETS.search(line):
                sys.stderr.write(f"{file.relative_to(ROOT)}:{number}: looks like a secret\n")
                found = 1
    return found


def checks(paths: Sequence[str], workers: int) -> list[Check]:
    """Return the checks in order; with paths, only the tests of those paths."""
    python = sys.executable
    tests = Check(
        "tests",
        _command(
            python, "-m", "pytest", "-n", str(workers), "--dist", "loadfile",
            "-m", "not docker and not clients and not story", "--durations=10", *paths,
        ),
    )  # fmt: skip
    if paths:
        return [tests]
    return [
        Check("format", _command(str(_BIN / "ruff"), "format", "--check", "--quiet", ".")),
        Check("lint", _command(str(_BIN / "ruff"), "check", "--quiet", ".")),
        Check("secrets", secret_scan),
        Check("imports", _command(str(_BIN / "lint-imports"), "--no-cache")),
        Check("types", _command(python, "-m", "mypy")),
        tests,
    ]


def run_checks(paths: Sequence[str], workers: int) -> int:
    """Run all checks, also after one failed; return 0 when every one held."""
    console = Console(stderr=True)
    failed = []
    for check in checks(paths, workers):
        console.print(f"[bold]{check.name}[/bold] …")
        began = time.monotonic()
        code = check.run()
        took = time.monotonic() - began
        if code:
            failed.append(check.name)
        console.print(
            f"{check.name}: {'[red]failed' if code else '[green]holds'}[/] ({took:.1f} s)"
        )
    if failed:
        console.print(f"[red]failed: {', '.join(failed)}[/red]")
    return 1 if failed else 0
