"""The shell entry finds a Python, or says in one sentence what to do."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = (
    "sh",
    "dirname",
    "cksum",
    "cat",
    "mkdir",
    "rmdir",
    "readlink",
    "grep",
    "rm",
    "sleep",
    "tail",
)


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        for place in ("/bin", "/usr/bin"):
            if (Path(place) / tool).exists():
                (folder / tool).symlink_to(Path(place) / tool)
                break
    return folder


def kst(path: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": str(path), "HOME": str(home), "KST_VENV": str(home / "venv"), "LANG": "C.UTF-8",
    }  # fmt: skip
    return subprocess.run(
        ["/bin/sh", str(ROOT / "kst"), *words], env=environment, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip


def test_without_a_python_it_says_what_to_install(bare_path: Path, tmp_path: Path) -> None:
    done = kst(bare_path, tmp_path, "--help")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "needs Python 3.12 or newer" in done.stderr
    assert "apt install python3.12" in done.stderr


def test_a_python_that_is_too_old_or_a_dead_shim_is_passed_over(
    bare_path: Path, tmp_path: Path
) -> None:
    for name, text in (("python3.12", "exit 127"), ("python3", "exit 1")):
        (bare_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (bare_path / name).chmod(0o755)
    assert "found none" in kst(bare_path, tmp_path, "--help").stderr


def test_a_failed_installation_says_so_and_leaves_no_half_environment(
    bare_path: Path, tmp_path: Path
) -> None:
    fake = bare_path / "python3.12"
    fake.write_text(
        "#!/bin/sh\n"
        'case "$1 $2" in "-m venv") mkdir -p "$3/bin"; ln -s "$0" "$3/bin/python"; exit 0;; esac\n'
        'case "$1" in -c) exit 0;; --version) echo Python 3.12; exit 0;; esac\n'
        "echo 'no network' ; exit 1\n"
    )
    fake.chmod(0o755)
    (bare_path / "ln").symlink_to("/bin/ln")
    done = kst(bare_path, tmp_path, "--help")
    assert done.returncode == 1
    assert "installation failed" in done.stderr
    assert not (tmp_path / "venv" / ".kst-ready").exists()
    assert not (tmp_path / "venv.lock").exists()


def test_help_names_every_command() -> None:
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "fleet", "--help"], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "NO_COLOR": "1"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    for command in ("demo", "test", "up", "down", "status", "doctor", "verify", "bench", "sim"):
        assert f" {command} " in done.stdout
