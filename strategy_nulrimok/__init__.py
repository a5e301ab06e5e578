"""Nulrimok: swing trades at the institutional cost basis. Nobody imports it."""
