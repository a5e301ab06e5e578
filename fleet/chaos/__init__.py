"""Chaos: the whole OMS on the simulator, faults and deaths drawn by a seed, then the ten laws.

`runs.py` plays one seed or many, `story.py` draws what happens, `house.py` is the world it happens
in, `life.py` what a process is and how it dies, `invariants.py` what must hold afterwards.
"""
