"""Nulrimok, the swing into the institutional cost basis (anchored VWAP)."""
