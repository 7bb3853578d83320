"""The team at a glance, for `top`: what is shown in which row, and what a key does there. Only reads."""
