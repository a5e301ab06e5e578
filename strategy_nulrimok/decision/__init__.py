"""Nulrimok's decisions. Pure: no I/O, no clock, no log."""
