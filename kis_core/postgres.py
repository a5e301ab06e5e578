"""The two things in which we and PostgreSQL differ: how an instant is written, and its address.

Pure. Timestamps in the database carry no zone and always mean KST; nothing else converts them. A
server beyond the private network is spoken to over TLS, and must prove who it is.
"""

import ipaddress
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from config.load import ConfigError
from kis_core.clock import KST

_PROVEN = ("verify-full", "verify-ca")

_EPOCH_KST = datetime(1970, 1, 1, 9)  # noqa: DTZ001 - naive by definition: the database's form


def to_kst_naive(at: int | datetime) -> datetime:
    """Return an instant as the database stores it: KST without a zone, cut to microseconds.

    Takes nanoseconds since the epoch or an aware datetime. A naive one is refused.
    """
    if isinstance(at, int):
        return _EPOCH_KST + timedelta(microseconds=at // 1000)
    if at.tzinfo is None:
        raise ValueError(f"naive datetime {at.isoformat()}: instants carry their zone here")
    return at.astimezone(KST).replace(tzinfo=None)


def from_kst_naive(stored: datetime) -> datetime:
    """Return what the database stored as an aware datetime in KST."""
    if stored.tzinfo is not None:
        raise ValueError(f"{stored.isoformat()} carries a zone: not from a KST column")
    return stored.replace(tzinfo=KST)


def asyncpg_url(url: str) -> str:
    """Return DATABASE_URL as asyncpg takes it, whichever driver it names.

    Raises ConfigError for another kind of database, and for a server elsewhere without TLS.
    """
    scheme, colon, rest = url.partition("://")
    if not colon or scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise ConfigError(f"DATABASE_URL starts with {scheme!r}, expected postgresql://")
    parts = urlsplit("postgresql://" + rest)
    said = parse_qs(parts.query)
    sslmode = said.get("sslmode", [""])[-1]
    hosts = [*said.get("host", []), parts.netloc.rpartition("@")[2]]
    for each in ",".join(hosts).split(","):
        host = each[1:].partition("]")[0] if each.startswith("[") else each.partition(":")[0]
        if sslmode not in _PROVEN and not _is_near(host):
            raise ConfigError(
                f"DATABASE_URL: {host} is not on the private network, so sslmode=verify-full is "
                "needed (with sslrootcert=FILE for a certificate of your own)"
            )
    return "postgresql://" + rest


def without_password(url: str) -> str:
    """Return the URL as it may be shown."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{user}{parts.hostname or ''}{port}{parts.path}"


def _is_near(host: str) -> bool:
    """Whether a host is this machine, a container beside us, or an address nobody routes."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.startswith("/")
