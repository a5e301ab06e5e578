"""Who may ask what: one token per strategy, one for operators, one for those who only look."""

import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from config.load import ConfigError, secret, secret_or_none
from kis_core.environment import Secret


class Scope(StrEnum):
    """What a token opens."""

    STRATEGY = "strategy"  # its own intents, orders and events
    OPERATOR = "operator"  # everything but intents
    VIEWER = "viewer"  # reading


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it was."""

    name: str  # a strategy's id, or the operator's or viewer's name
    scope: Scope
    sets_regime: bool = False  # a strategy that may, beside the operator


class Tokens:
    """The tokens of this OMS. Every comparison takes the same time, hit or miss."""

    def __init__(self, tokens: Mapping[Caller, Secret]) -> None:
        texts = [token.reveal() for token in tokens.values()]
        if len(set(texts)) != len(texts):
            raise ConfigError("two callers share one OMS token; each needs its own")
        self._tokens = [(caller, token.reveal().encode()) for caller, token in tokens.items()]

    def caller(self, text: str) -> Caller | None:
        """Return whose token a text is, or None."""
        given = text.encode()
        found: Caller | None = None
        for caller, token in self._tokens:
            if hmac.compare_digest(token, given):
                found = caller
        return found


def tokens_from_secrets(strategies: Iterable[str], regime_by: Collection[str] = ()) -> Tokens:
    """Return the tokens of OMS_TOKEN_<STRATEGY>, OMS_TOKEN_OPERATOR and OMS_TOKEN_VIEWER.

    Strategies in `regime_by` may set the market regime.

    A strategy without a token cannot ask; without the operator's nobody could stop the OMS, so
    that one must be there.
    """
    tokens = {Caller("operator", Scope.OPERATOR): Secret(secret("OMS_TOKEN_OPERATOR"))}
    if viewer := secret_or_none("OMS_TOKEN_VIEWER"):
        tokens[Caller("viewer", Scope.VIEWER)] = Secret(viewer)
    for strategy_id in strategies:
        if text := secret_or_none(f"OMS_TOKEN_{strategy_id}"):
            caller = Caller(strategy_id, Scope.STRATEGY, strategy_id in regime_by)
            tokens[caller] = Secret(text)
    return Tokens(tokens)
