"""What KMP decides. Pure: no I/O, no clock, no log; start reading at decide.py."""
