"""Chaos: the whole OMS on the simulator, faults and deaths drawn by a seed, then the ten laws.

`runs.py` plays one seed or many. `story.py` draws what happens, `mishaps.py` the broker's faults;
`house.py` is the world it happens in, `life.py` what a process is and how it dies. `strategies.py`,
`operator.py` and `stranger.py` are the people in it, `gate.py` and `trail.py` its PostgreSQL.
`ledger.py` is how it ended, `invariants.py` what must hold of that. `processes.py` plays with
processes of the machine instead.
"""
