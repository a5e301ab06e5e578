"""Pure parts of decisions that every strategy has: what it asks, what it holds, why it did not."""
