"""Instants as the OMS's contract writes them, and back."""

from datetime import UTC, datetime, timedelta, timezone

_KST = timezone(timedelta(hours=9))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ns_of(at: datetime) -> int:
    """Return an aware datetime in ns since the epoch."""
    span = at - _EPOCH
    return ((span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds) * 1000


def kst_of(at_ns: int) -> datetime:
    """Return an instant as a KST datetime, to the microsecond."""
    return (_EPOCH + timedelta(microseconds=at_ns // 1000)).astimezone(_KST)
