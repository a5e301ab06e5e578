"""Whom to trust over TLS: read from the disk once a process, which takes some 20 ms."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """Return the context that checks certificates as httpx does by default."""
    return httpx.create_ssl_context(trust_env=False)
