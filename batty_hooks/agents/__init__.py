"""One coding CLI each, found by listing. They know nothing of batty: strings and paths in, strings out.

A CLI's own configuration is never written. What it needs goes in by flags and environment; where it reads hooks from
its home only (Gemini CLI), the member has a home of its own that links to the user's logins. Codex trusts hooks by a
digest; the adapter computes the same, so that exactly ours are trusted and no dialog opens.
"""
