"""The outside world: processes, git, locks, files, watching. No batty words here."""
