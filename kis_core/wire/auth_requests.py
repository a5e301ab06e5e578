"""What is asked of KIS's token office: it knows no TR ids, and takes the app key in the body."""

from collections.abc import Mapping

from kis_core.environment import Credentials
from kis_core.wire.request import Lane, Request, call_named

_GRANT = {"grant_type": "client_credentials"}


def token(credentials: Credentials) -> Request:
    """Return the request for an access token."""
    return _request("auth.auth_token", {**_GRANT, **_keys(credentials)})


def approval(credentials: Credentials) -> Request:
    """Return the request for the WebSocket's key; the same secret goes by another name there."""
    secret = credentials.app_secret.reveal()
    fields = {**_GRANT, "appkey": credentials.app_key, "secretkey": secret}
    return _request("auth.auth_ws_token", fields)


def revocation(credentials: Credentials, token: str) -> Request:
    """Return the request that gives a token back."""
    return _request("auth.revoke_token", {**_keys(credentials), "token": token})


def hashkey(fields: Mapping[str, str]) -> Request:
    """Return the request for the hash of an order's body; KIS does not ask for it any more."""
    return _request("auth.hashkey", dict(fields))


def _keys(credentials: Credentials) -> dict[str, str]:
    return {"appkey": credentials.app_key, "appsecret": credentials.app_secret.reveal()}


def _request(name: str, fields: Mapping[str, str]) -> Request:
    return Request(call_named(name), "", fields, Lane.ACCOUNT)
