"""What all moves stand on: what a move is, the engine that makes them, and what several of them do alike."""
