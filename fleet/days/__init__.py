"""Trading days in a row: one OMS, one account, restarts at drawn minutes, everything to the won.

`plan.py` draws what happens on each day, `market.py` is the broker that plays day after day for one
account, `run.py` lives through them, `checks.py` says what must hold each evening and morning.
"""
