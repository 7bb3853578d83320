"""What is typed: one file per verb, found by listing; each has one click command called ``command``."""
