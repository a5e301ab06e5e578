"""Master files and lines of them, made by the layouts written down in `specs`."""

import io
import re
import zipfile
from collections.abc import Iterator

REQUIRED = re.compile(r"^(?!unas).*(shrn_iscd|stnd_iscd|idx_code|mbcr_no)$")


def zipped(content: bytes, *names: str) -> bytes:
    """Return the content in a zip, once under each name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("some.mst",):
            archive.writestr(name, content)
    return packed.getvalue()


def columns_of(spec: str) -> Iterator[tuple[str, int]]:
    """Return name and width of each column of a spec: `name 2, other 1, …`."""
    for part in spec.split(","):
        name, width = part.split()
        yield name, int(width)


def line_of(spec: str, **said: bytes) -> bytes:
    """Return a line that says what is said, and as little as a line can of everything else."""
    line = b""
    for name, width in columns_of(spec):
        least = (b"KR0000000000" if width == 12 else b"00000A"[:width]) if _must(name) else b""
        line += said.pop(name, least).ljust(width)
    assert not said, f"no such columns: {said}"
    return line


def _must(name: str) -> bool:
    return REQUIRED.match(name) is not None
