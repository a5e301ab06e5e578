<<<<<<< HEAD
"""What the decisions of several strategies are made of. Pure: no I/O, no clock, no log."""
=======
"""Pure parts of decisions that every strategy has: what it asks, what it holds, why it did not."""
>>>>>>> i6-play
