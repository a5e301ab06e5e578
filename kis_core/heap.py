"""The garbage collector of a process whose answers must not be late."""

import gc


def settle_heap() -> None:
    """Take what lives as long as the process out of the garbage collector's rounds.

    Otherwise a full round, tens of milliseconds, falls now and then between an intent and its
    order, or a frame and its event. Called once, by a process that has imported and opened
    everything.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
