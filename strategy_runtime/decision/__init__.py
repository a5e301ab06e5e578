"""What the decisions of several strategies are made of. Pure: no I/O, no clock, no log."""
