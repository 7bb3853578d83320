"""The nouns: each module owns one place on disk and is its only reader and writer."""
