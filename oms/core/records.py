"""What the OMS is told, and what it decides: the records of its journal.

One turn of the journal is one input and the outputs decided from it. Inputs are in the words of
whoever told us; outputs are facts in the past tense, and the book changes by nothing else:
`state = fold(outputs)`. Every record carries `at_ns` (nanoseconds since the epoch, the OMS's
clock). Money is int KRW, sizes are int shares, an unknown is None. Fields are only ever added, at
the end and with a default, so that old journals stay readable.

The records themselves stand in `words`, `inputs` and `outputs`; everybody takes them from here.
"""

import msgspec

from kis_core.wire.account import Side
from oms.core.inputs import (
    BalanceRead,
    BasePriceRead,
    BrokerAnswered,
    BuyingPowerRead,
    CancelAnswered,
    DayEndRead,
    HeartbeatHeard,
    HistoryRead,
    Input,
    IntentReceived,
    LimitsRead,
    MarksTaken,
    ModifyAnswered,
    NoticeHeard,
    NoticesChanged,
    OperatorActed,
    QueryFailed,
    QuoteSeen,
    SliceDue,
    Started,
    Stopping,
    TimerFired,
)
from oms.core.outputs import (
    AllocationChanged,
    BalanceTaken,
    BaselineSet,
    BasePriceSet,
    BuyingPowerTaken,
    CancelCleared,
    CancelPlanned,
    CancelSettled,
    CancelWanted,
    ChaseStepped,
    ContradictionSeen,
    CooldownSet,
    DayOpened,
    DayReconciled,
    DriftSeen,
    DriftSuspected,
    ExitWanted,
    ExternalSeen,
    FlagChanged,
    HeartbeatTaken,
    HistoryTaken,
    IntentDecided,
    LimitsSet,
    LockChanged,
    MarksSet,
    ModifyMissed,
    ModifyPlanned,
    ModifySettled,
    NoticeCounted,
    NoticeKept,
    NoticesSet,
    OrderAnswered,
    OrderClosed,
    OrderFilled,
    OrderMissed,
    OrderPlanned,
    OrderRenumbered,
    OrderSent,
    Output,
    ParentClosed,
    ParentPlanned,
    QueryCounted,
    SliceTaken,
    SplitApplied,
    StopFired,
    StopSet,
    StrategyFlattened,
)
from oms.core.words import (
    UNALLOCATED,
    Action,
    Answer,
    Asked,
    Chase,
    ClosedState,
    Difference,
    Direction,
    Execution,
    Flag,
    HeldLine,
    IntentStatus,
    IntentType,
    Mark,
    Query,
    Quote,
    Scale,
    Slice,
    VenueWish,
    Verdict,
)

__all__ = [
    "UNALLOCATED",
    "Action",
    "AllocationChanged",
    "Answer",
    "AnyInput",
    "AnyOutput",
    "Asked",
    "BalanceRead",
    "BalanceTaken",
    "BasePriceRead",
    "BasePriceSet",
    "BaselineSet",
    "BrokerAnswered",
    "BuyingPowerRead",
    "BuyingPowerTaken",
    "CancelAnswered",
    "CancelCleared",
    "CancelPlanned",
    "CancelSettled",
    "CancelWanted",
    "Chase",
    "ChaseStepped",
    "ClosedState",
    "ContradictionSeen",
    "CooldownSet",
    "DayEndRead",
    "DayOpened",
    "DayReconciled",
    "Difference",
    "Direction",
    "DriftSeen",
    "DriftSuspected",
    "Execution",
    "ExitWanted",
    "ExternalSeen",
    "Flag",
    "FlagChanged",
    "HeartbeatHeard",
    "HeartbeatTaken",
    "HeldLine",
    "HistoryRead",
    "HistoryTaken",
    "Input",
    "IntentDecided",
    "IntentReceived",
    "IntentStatus",
    "IntentType",
    "LimitsRead",
    "LimitsSet",
    "LockChanged",
    "Mark",
    "MarksSet",
    "MarksTaken",
    "ModifyAnswered",
    "ModifyMissed",
    "ModifyPlanned",
    "ModifySettled",
    "NoticeCounted",
    "NoticeHeard",
    "NoticeKept",
    "NoticesChanged",
    "NoticesSet",
    "OperatorActed",
    "OrderAnswered",
    "OrderClosed",
    "OrderFilled",
    "OrderMissed",
    "OrderPlanned",
    "OrderRenumbered",
    "OrderSent",
    "Output",
    "ParentClosed",
    "ParentPlanned",
    "Query",
    "QueryCounted",
    "QueryFailed",
    "Quote",
    "QuoteSeen",
    "Scale",
    "Side",
    "Slice",
    "SliceDue",
    "SliceTaken",
    "SplitApplied",
    "Started",
    "StopFired",
    "StopSet",
    "Stopping",
    "StrategyFlattened",
    "TimerFired",
    "VenueWish",
    "Verdict",
    "decode_input",
    "decode_output",
    "encode",
    "kind_of",
]

AnyInput = (
    Started
    | LimitsRead
    | IntentReceived
    | BrokerAnswered
    | CancelAnswered
    | ModifyAnswered
    | NoticeHeard
    | NoticesChanged
    | HistoryRead
    | BalanceRead
    | BuyingPowerRead
    | QueryFailed
    | QuoteSeen
    | SliceDue
    | MarksTaken
    | BasePriceRead
    | TimerFired
    | Stopping
    | OperatorActed
    | HeartbeatHeard
    | DayEndRead
)

AnyOutput = (
    LimitsSet
    | DayOpened
    | BaselineSet
    | IntentDecided
    | OrderPlanned
    | ParentPlanned
    | SliceTaken
    | ParentClosed
    | OrderSent
    | OrderAnswered
    | NoticeKept
    | NoticeCounted
    | OrderFilled
    | OrderClosed
    | OrderMissed
    | CancelPlanned
    | CancelWanted
    | CancelSettled
    | CancelCleared
    | ModifyPlanned
    | ModifySettled
    | ModifyMissed
    | OrderRenumbered
    | ChaseStepped
    | AllocationChanged
    | StopSet
    | StopFired
    | ExitWanted
    | LockChanged
    | CooldownSet
    | BalanceTaken
    | BuyingPowerTaken
    | HistoryTaken
    | QueryCounted
    | MarksSet
    | BasePriceSet
    | SplitApplied
    | DriftSuspected
    | DriftSeen
    | ExternalSeen
    | FlagChanged
    | NoticesSet
    | HeartbeatTaken
    | ContradictionSeen
    | StrategyFlattened
    | DayReconciled
)

_INPUTS: msgspec.json.Decoder[AnyInput] = msgspec.json.Decoder(AnyInput)
_OUTPUTS: msgspec.json.Decoder[AnyOutput] = msgspec.json.Decoder(AnyOutput)
encode = msgspec.json.Encoder().encode
"""Turn a record into the JSON text that the journal keeps."""


def kind_of(record: AnyInput | AnyOutput) -> str:
    """Return the record's tag: `intent_received`, `order_filled` …"""
    return str(type(record).__struct_config__.tag)


def decode_input(payload: bytes | str) -> AnyInput:
    """Read an input back. Raises msgspec.ValidationError on text that is none."""
    return _INPUTS.decode(payload)


def decode_output(payload: bytes | str) -> AnyOutput:
    """Read an output back. Raises msgspec.ValidationError on text that is none."""
    return _OUTPUTS.decode(payload)
