"""batty-hooks: a team of coding agents on one git repository, driven by files."""

__version__ = "0.1.0"
