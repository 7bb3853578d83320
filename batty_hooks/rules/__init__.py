"""What only reads and derives: where everything stands, and what follows from it. Nothing here writes."""
